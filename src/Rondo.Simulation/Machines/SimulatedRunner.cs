using Rondo.Core;

namespace Rondo.Simulation;

/// <summary>Runs jobs for as long as they say. What runs dies with its executor.</summary>
internal sealed class SimulatedRunner(Simulation simulation, Machine machine, ExecutorProcess process)
{
    private const long StubbornMicroseconds = 5_000_000;

    private readonly Dictionary<JobId, Run> _runs = [];
    private bool _stopping;

    /// <summary>Jobs that run, without those that were told to end.</summary>
    public int Running { get; private set; }

    /// <summary>Jobs that run, those that were told to end included.</summary>
    public int RunningOrStopping { get; private set; }

    public void Begin(Effect.Start start)
    {
        if (_stopping)
        {
            // A runner that stops starts nothing more.
            var nothing = new Outcome { End = JobEnd.Failed, Reason = Reasons.CannotStart };
            process.Receive(new Input.RunEnded(start.Id, start.Attempt, nothing, Interrupted: true));
            return;
        }

        var run = simulation.Jobs.OnStart(machine, start);
        if (_runs.TryGetValue(start.Id, out var other) && !other.Ended)
        {
            Violation.Unless(other.Stopped, $"{machine.Id} runs {start.Id} twice at the same time");
            Violation.Unless(
                other.Attempt != start.Attempt,
                $"{machine.Id} starts {start.Id} under the number of an attempt that is still ending"
            );
        }

        _runs[start.Id] = run;
        Running++;
        RunningOrStopping++;
        Violation.Unless(Running <= process.Settings.Slots, $"{machine.Id} runs {Running} jobs at the same time");
        simulation.Trace?.Runs(machine, "starts", run);
        simulation.After(run.Plan.RunTime, new Event(EventKind.RunEnded, machine.Index, process.Serial, default, default, run));
    }

    public void Stop(Effect.Stop stop)
    {
        if (!_runs.TryGetValue(stop.Id, out var run) || run.Ended || run.Stopped || run.Attempt != stop.Attempt)
        {
            return;
        }

        simulation.Trace?.Runs(machine, "stops", run);
        run.Stopped = true;
        Running--;
        if (simulation.Disks.Chance(0.8))
        {
            // Otherwise it ends by itself at the same moment.
            run.Outcome = run.Outcome with
            {
                End = JobEnd.Failed,
                Reason = Reasons.Signal,
                Signal = 15,
            };
        }

        // Some do not end when they are told to.
        var longest = simulation.Disks.Chance(simulation.Scenario.StubbornJobs) ? StubbornMicroseconds : 5000;
        var time = simulation.Disks.Between(100, longest) * VirtualTime.Microsecond;
        simulation.After(time, new Event(EventKind.RunEnded, machine.Index, process.Serial, default, default, run));
    }

    public void OnEnded(Run run)
    {
        if (run.Ended)
        {
            return;
        }

        if (run.Plan.Poison && !run.Stopped)
        {
            simulation.Faults.Counts.Add(Fault.PoisonJob);
            simulation.CrashAndRestart(machine, "poison job " + run.Id);
            return;
        }

        End(run);
        process.Receive(new Input.RunEnded(run.Id, run.Attempt, run.Outcome, Interrupted: false));
    }

    /// <summary>The executor stops in an orderly way: nothing starts any more, and what runs is to run again later.</summary>
    public void InterruptAll()
    {
        _stopping = true;
        foreach (var run in _runs.Values.Where(run => !run.Ended).ToArray())
        {
            End(run);
            simulation.Jobs.OnInterrupted(run);
            process.Receive(new Input.RunEnded(run.Id, run.Attempt, run.Outcome, Interrupted: true));
        }
    }

    public void Die()
    {
        foreach (var run in _runs.Values)
        {
            run.Ended = true;
            simulation.Jobs.Terms.OnEnded(run);
            simulation.Jobs.OnCrashed(run);
        }
    }

    public void OnCommitted(List<Record> records)
    {
        foreach (var record in records)
        {
            if (record is Record.Finished or Record.Interrupted && _runs.TryGetValue(((Record.OfJob)record).Id, out var run))
            {
                run.EndIsDurable = true;
                Forget(run);
            }
        }
    }

    private void End(Run run)
    {
        run.Ended = true;
        Running -= run.Stopped ? 0 : 1;
        RunningOrStopping--;
        simulation.Trace?.Runs(machine, "ends", run);
        simulation.Balance?.OnEnded();
        simulation.Jobs.Terms.OnEnded(run);
        Forget(run);
    }

    /// <summary>A run is remembered until its end is durable: a crash before that makes the job run again.</summary>
    private void Forget(Run run)
    {
        if (run.Ended && run.EndIsDurable && _runs.TryGetValue(run.Id, out var known) && known == run)
        {
            _runs.Remove(run.Id);
        }
    }
}
