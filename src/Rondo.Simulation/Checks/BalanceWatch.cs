using Rondo.Core;

namespace Rondo.Simulation;

/// <summary>
/// In calm runs of equal executors: within two laps of the last arrival or finish, running counts differ by at most 1 while jobs wait, and
/// no job waits beside a free slot. What came to a ring at rest is dealt out at once: until one of them ends, running counts differ by at
/// most 1 also when none waits, and what one executor was handed moves once at most.
/// </summary>
/// <param name="grace">What a handoff itself takes beside the token's laps: its commits, messages and the start.</param>
internal sealed class BalanceWatch(Simulation simulation, long grace)
{
    private readonly HashSet<JobId> _moved = [];

    /// <summary>The lap in which a job came, until its commit.</summary>
    private readonly Dictionary<JobId, long> _cameInLap = [];
    private bool _isComplete;
    private long _changedAt;
    private long _changedInLap;
    private long _emptySinceLap;
    private long _checks;

    /// <summary>Everything that is there came to a ring at rest, and nothing of it has ended yet.</summary>
    private bool _cameToRest;

    /// <summary>Who took in all of it; null when there was more than one.</summary>
    private Machine? _source;

    /// <summary>How often there was something to check: a check that never ran proves nothing.</summary>
    public long Checks => _checks;

    /// <summary>Moves of jobs that one executor was handed while the ring was at rest.</summary>
    public long MovesFromOne { get; private set; }

    /// <summary>What an executor does rests on the table of now, and on what it did itself; the token moves on until the commit.</summary>
    public void OnStepped(StepOutput output)
    {
        foreach (var record in output.Records)
        {
            switch (record)
            {
                case Record.Accepted accepted:
                    _cameInLap[accepted.Id] = simulation.Token.Lap;
                    break;
                case Record.Finished:
                    OnEnded();
                    break;
            }
        }
    }

    public void OnAccepted(JobId id, Machine home, bool isFirst)
    {
        if (isFirst)
        {
            _cameToRest = true;
            _source = home;
            _moved.Clear();
        }
        else if (home != _source)
        {
            _source = null;
        }

        // At rest, everybody has seen a table without a job.
        _cameInLap.Remove(id, out var lap);
        _cameToRest &= lap >= _emptySinceLap + 2;
        OnChange();
    }

    /// <summary>A job moved to another executor.</summary>
    public void OnMoved(JobId id)
    {
        if (_cameToRest && _source is not null)
        {
            MovesFromOne++;
            Violation.Unless(_moved.Add(id), $"{id} moved twice, though all jobs came to {_source.Id} and none has ended yet");
        }
    }

    /// <summary>A run ended, or a job that waited, here or at its home.</summary>
    public void OnEnded()
    {
        _cameToRest = false;
        OnChange();
    }

    /// <summary>The last job ended.</summary>
    public void OnEmpty() => _emptySinceLap = simulation.Token.Lap;

    private void OnChange()
    {
        _changedAt = simulation.Now;
        _changedInLap = simulation.Token.Lap;
    }

    /// <param name="executors">How many executors the token visits; while some are missing, the ring is still forming. That the last one came is a change.</param>
    public void OnLap(int executors)
    {
        var wasComplete = _isComplete;
        _isComplete = executors == simulation.Machines.Count;
        if (!wasComplete || !_isComplete)
        {
            _cameToRest = false;
            _emptySinceLap = simulation.Token.Lap;
            OnChange();
            return;
        }

        // The lap in which the change came is not whole.
        if (simulation.Token.Lap < _changedInLap + 3 || simulation.Now < _changedAt + grace)
        {
            return;
        }

        var fewest = int.MaxValue;
        var most = 0;
        var running = 0;
        var free = 0;
        foreach (var machine in simulation.Machines)
        {
            var here = machine.Process?.Runner.RunningOrStopping ?? 0;
            fewest = Math.Min(fewest, here);
            most = Math.Max(most, here);
            running += here;
            free += machine.Slots - here;
        }

        var waiting = simulation.Jobs.Unfinished - running;
        if (waiting > 0 || _cameToRest)
        {
            _checks++;
            Violation.Unless(most - fewest <= 1, $"Two laps after the last change one executor runs {most} jobs and another {fewest}");
            Violation.Unless(waiting <= 0 || free == 0, $"Two laps after the last change {waiting} jobs wait beside {free} free slots");
        }
    }
}
