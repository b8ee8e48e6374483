using System.Diagnostics;
using Rondo.Core;

namespace Rondo.Simulation;

/// <summary>
/// The second half of the loop, as the real executor has it: commits what was stepped, then lets the effects out in the order of the
/// batches. Batches that gather during a commit go into the next one together.
/// </summary>
internal sealed class CommitStage(Simulation simulation, Machine machine, ExecutorProcess process)
{
    /// <summary>The most batches that were stepped and are not let out yet.</summary>
    private const int MaxInFlight = 1_024;

    /// <summary>With so many records on their way to the disk clients wait.</summary>
    private const int FullRecords = 2_048;

    private readonly Stack<StepOutput> _spare = new();
    private readonly List<Record> _records = [];
    private List<StepOutput> _stepped = [];
    private List<StepOutput> _group = [];
    private bool _groupIsDurable;
    private int _recordsInFlight;

    public bool IsFull => _group.Count + _stepped.Count >= MaxInFlight;

    /// <summary>True while no more should be taken in from clients.</summary>
    public bool ClientsWait => _recordsInFlight >= FullRecords;

    public bool IsEmpty => _group.Count + _stepped.Count == 0;

    public StepOutput Rent() => _spare.TryPop(out var spare) ? spare : new StepOutput();

    public void Add(StepOutput output)
    {
        if (output.Records.Count == 0 && IsEmpty)
        {
            process.LetOut(output.Effects);
            Recycle(output);
            return;
        }

        _stepped.Add(output);
        _recordsInFlight += output.Records.Count;
        if (_group.Count == 0)
        {
            Begin();
        }
    }

    /// <summary>The disk says that the commit is done.</summary>
    /// <param name="noticed">False when the process is paused: what is durable stays, the effects wait.</param>
    public void OnDone(bool noticed)
    {
        MakeDurable();
        if (noticed)
        {
            LetOutGroup();
        }
    }

    /// <summary>The process goes on after a pause.</summary>
    public void Resume()
    {
        if (_groupIsDurable)
        {
            LetOutGroup();
        }
    }

    /// <summary>The process is gone: of the commit that was going on, all or nothing reached the disk.</summary>
    public void Die(bool commitSurvives)
    {
        if (_group.Count == 0 || _groupIsDurable)
        {
            return;
        }

        if (commitSurvives)
        {
            MakeDurable();
        }
        else
        {
            simulation.Faults.Counts.Add(Fault.LostCommit);
        }
    }

    private void Begin()
    {
        (_group, _stepped) = (_stepped, _group);
        _records.Clear();
        foreach (var output in _group)
        {
            _records.AddRange(output.Records);
        }

        if (_records.Count == 0)
        {
            LetOutGroup();
            return;
        }

        switch (simulation.Faults.AtCommit(machine))
        {
            case null:
                simulation.After(
                    simulation.CommitTime(machine),
                    new Event(EventKind.CommitDone, machine.Index, process.Serial, default, default, null)
                );
                break;
            case Fault.CrashBeforeSync:
                simulation.CrashAndRestart(machine, "before a commit", commitSurvives: false);
                break;
            case Fault.CrashBeforeSend:
                simulation.CrashAndRestart(machine, "between a commit and its effects", commitSurvives: true);
                break;
            case Fault.CrashAmidSends:
                MakeDurable();
                process.LetOut(_group[0].Effects[..(_group[0].Effects.Count / 2)]);
                simulation.CrashAndRestart(machine, "amid the effects of a commit");
                break;
            case Fault.FullDisk:
                simulation.CrashAndRestart(machine, "its disk is full", commitSurvives: false);
                break;
            case Fault.FailingCommit:
                // What a failed sync left on the disk is anybody's guess.
                simulation.CrashAndRestart(machine, "a commit failed");
                break;
            default:
                throw new UnreachableException();
        }
    }

    private void MakeDurable()
    {
        _groupIsDurable = true;
        machine.Store.Commit(_records);
        simulation.Jobs.OnCommitted(machine, _records);
        process.Runner.OnCommitted(_records);
    }

    private void LetOutGroup()
    {
        _groupIsDurable = false;
        foreach (var output in _group)
        {
            _recordsInFlight -= output.Records.Count;
            process.LetOut(output.Effects);
            Recycle(output);
        }

        _group.Clear();
        if (_stepped.Count > 0)
        {
            Begin();
        }
    }

    private void Recycle(StepOutput output)
    {
        output.Clear();
        _spare.Push(output);
    }
}
