using System.Diagnostics;
using System.Text;
using Rondo.Core;
using static Rondo.Simulation.VirtualTime;

namespace Rondo.Simulation;

/// <summary>
/// The end of a run: the storm is over, everything is healed and started again, perhaps but for one fault that stays. From here on
/// everything that can finish must, and then the ring must come to rest.
/// </summary>
internal sealed class Ending(Simulation simulation, Prng random)
{
    private const long LookEvery = 100 * Millisecond;

    /// <summary>From the end of the storm until all is done, beside the time that the jobs themselves take.</summary>
    private const long Patience = 90 * Second;

    /// <summary>From the last finish until nothing is left over and the token goes slowly.</summary>
    private const long Settling = 10 * Second;

    /// <summary>At least so long: what is repeated, or comes late, has come by then.</summary>
    private const long SettlingMin = Second;

    private const long Watching = 20 * Second;

    /// <summary>Token messages a second that an idle ring may send, acknowledgements included.</summary>
    private const long IdleMessagesPerSecond = 25;

    private Machine? _dead;
    private long _deadline;
    private int _jobs;
    private long _passesBefore;
    private int _madeBefore;

    public void Begin()
    {
        simulation.Trace?.Line("", "=== the storm is over ===");
        simulation.Faults.End();
        simulation.Network.Heal();
        simulation.Network.Weather = simulation.Network.Weather.Calm();
        foreach (var machine in simulation.Machines)
        {
            machine.DiskSlowness = 1;
            machine.DiskIsFull = false;
            machine.Process?.Resume();
            if (machine.Process is { Draining: true })
            {
                simulation.CrashAndRestart(machine, "was draining when the storm ended");
            }
            else if (
                machine.Process is { } process
                && process.Settings.Join.Any(address => simulation.Fleet.At(address) is null or { Gone: true })
            )
            {
                simulation.CrashAndRestart(machine, "an operator corrects its addresses to join");
            }
        }

        Last(simulation.Scenario.Staying);
        foreach (var machine in simulation.Machines)
        {
            if (machine != _dead)
            {
                simulation.StartAfter(machine, random.Between(1, 2000) * Millisecond);
            }
        }

        simulation.Do(3 * Second, () => simulation.Workload.Burst(random.Below(20) + 1, target: null));
        simulation.Do(4 * Second, Look);
    }

    private void Last(Fault? fault)
    {
        var victim = random.Pick(simulation.Machines);
        var other = simulation.Machines[
            (victim.Index + 1 + random.Below(Math.Max(1, simulation.Machines.Count - 1))) % simulation.Machines.Count
        ];
        if (fault is { } staying)
        {
            simulation.Trace?.Fault(victim, staying);
            simulation.Faults.Counts.Add(staying);
        }

        switch (fault)
        {
            case null:
                break;
            case Fault.StayingDeadExecutor:
                simulation.Crash(victim, "stays dead");
                victim.Gone = true;
                _dead = victim;
                break;
            case Fault.StayingOneWayCut:
                simulation.Network.Cut(victim, other, notice: random.Chance(0.2));
                break;
            case Fault.StayingPairCut:
                simulation.Network.Cut(victim, other, notice: false);
                simulation.Network.Cut(other, victim, notice: false);
                break;
            case Fault.StayingMute:
                CutAll(machine => simulation.Network.Cut(victim, machine, notice: false), victim);
                break;
            case Fault.StayingDeaf:
                CutAll(machine => simulation.Network.Cut(machine, victim, notice: false), victim);
                break;
            case Fault.StayingLoss:
                simulation.Network.Weather = simulation.Network.Weather with { Loss = 0.05 };
                break;
            case Fault.StayingSlowCommits:
                victim.DiskSlowness = 20;
                break;
            default:
                throw new UnreachableException();
        }
    }

    private void CutAll(Action<Machine> cut, Machine victim)
    {
        foreach (var machine in simulation.Machines)
        {
            if (machine != victim)
            {
                cut(machine);
            }
        }
    }

    private long TimeOfUnfinished()
    {
        var time = 0L;
        foreach (var job in simulation.Jobs.Jobs.Values.Concat(simulation.Jobs.Lost))
        {
            // A poison job takes its executor down again and again, and what runs beside it begins anew.
            time +=
                job.Final is not null ? 0
                : job.Plan.Poison ? 30 * Second
                : job.Plan.LongestTime;
        }

        // One executor might have to run them all, one after the other.
        return time;
    }

    /// <summary>A job waits for good when its home is dead, or when nobody that its home can talk with is able to run it.</summary>
    private bool IsOutOfReach(JobTrack job)
    {
        if (simulation.Fleet.Find(job.Id.Home) is not { } home || home == _dead)
        {
            return true;
        }

        foreach (var machine in simulation.Machines)
        {
            if (!machine.Gone && machine.Capabilities.CanRun(job.Plan.Terms) && CanTalk(home, machine))
            {
                return false;
            }
        }

        return true;
    }

    private bool CanTalk(Machine one, Machine other) =>
        one == other || (!simulation.Network.IsCut(one, other) && !simulation.Network.IsCut(other, one));

    /// <summary>The unfinished jobs that need not finish: those that are out of reach, and those that wait for one of them, or for its word.</summary>
    private HashSet<JobId> Excused()
    {
        var excused = new HashSet<JobId>();
        var caps = new HashSet<(ExecutorId, string?)>();
        int before;
        do
        {
            before = excused.Count;
            foreach (var job in simulation.Jobs.Jobs.Values)
            {
                var cap = (job.Id.Home, job.Plan.Terms.Concurrency?.Key);
                if (
                    job.Final is null
                    && !excused.Contains(job.Id)
                    && (IsOutOfReach(job) || caps.Contains(cap) || WaitsForGood(job, excused))
                )
                {
                    excused.Add(job.Id);
                    if (cap.Key is not null)
                    {
                        // It may be the one whose turn it is.
                        caps.Add(cap);
                    }
                }
            }
        } while (excused.Count > before);
        return excused;
    }

    private bool WaitsForGood(JobTrack job, HashSet<JobId> excused)
    {
        foreach (var (id, _) in job.Plan.Terms.After)
        {
            if (
                excused.Contains(id)
                || simulation.Fleet.Find(id.Home) is not { Gone: false } other
                || other == _dead
                || !CanTalk(simulation.Fleet.Find(job.Id.Home)!, other)
            )
            {
                return true;
            }
        }

        return false;
    }

    private void Look()
    {
        if (simulation.Jobs.Jobs.Count != _jobs || _deadline == 0)
        {
            _jobs = simulation.Jobs.Jobs.Count;
            _deadline = simulation.Now + Patience + (2 * TimeOfUnfinished()) + (2 * simulation.Scenario.RescueAfter.Ticks);
        }

        // Jobs whose home is lost run on.
        var runs = simulation.Machines.Any(machine => machine.Process is { Runner.RunningOrStopping: > 0 });
        if (
            !runs
            && (simulation.Workload.Open == 0 || _dead is not null || simulation.Jobs.Unfinished > 0)
            && (simulation.Jobs.Unfinished == 0 || Unfinished() == 0)
        )
        {
            simulation.Trace?.Line("", "=== everything finished ===");
            if (simulation.Scenario.IsWatchedAtRest)
            {
                simulation.Do(Settling, BeginToWatch);
            }
            else
            {
                _deadline = simulation.Now + Settling;
                simulation.Do(SettlingMin, Settle);
            }

            return;
        }

        if (simulation.Now > _deadline)
        {
            throw new Violation($"{Unfinished()} jobs did not finish, {simulation.Workload.Open} clients wait: {DescribeUnfinished()}");
        }

        simulation.Do(LookEvery, Look);
    }

    private int Unfinished() => simulation.Jobs.Unfinished - Excused().Count;

    private void Settle()
    {
        if (simulation.Scenario.Staying is null && simulation.Now < _deadline && FindLeftover() is not null)
        {
            simulation.Do(LookEvery, Settle);
            return;
        }

        CheckDisks();
        CheckLeftovers();
        simulation.End();
    }

    private void BeginToWatch()
    {
        _passesBefore = simulation.Token.Passes;
        _madeBefore = simulation.Token.Made;
        simulation.Do(Watching, Finish);
    }

    private void Finish()
    {
        CheckDisks();
        CheckLeftovers();
        if (simulation.Scenario.Staying is null)
        {
            CheckToken();
        }

        simulation.End();
    }

    /// <summary>What a core knows of a job is what a restart would make of its records.</summary>
    private void CheckDisks()
    {
        foreach (var machine in simulation.Machines)
        {
            if (machine.Process is not { IsSettled: true } process)
            {
                continue;
            }

            foreach (var (id, records) in machine.Store.Active)
            {
                var view = process.Peek(id);
                var replayed = JobHistory.View(machine.Id, records);
                if (view is { State: JobState.Waiting } && replayed.State == JobState.Scheduled)
                {
                    // That its time came is not recorded: a restart looks at its clock.
                    replayed = replayed with
                    {
                        State = JobState.Waiting,
                    };
                }

                var same =
                    view is not null
                    && (view.State, view.Holder, view.Transfer, view.Attempt, view.Crashes, view.CancelRequested)
                        == (
                            replayed.State,
                            replayed.Holder,
                            replayed.Transfer,
                            replayed.Attempt,
                            replayed.Crashes,
                            replayed.CancelRequested
                        )
                    && view.Trail.SequenceEqual(replayed.Trail);
                Violation.Unless(
                    same,
                    $"{machine.Id} has {((object?)view ?? "nothing")}, but a restart would make {replayed} of its records"
                );
            }
        }
    }

    private void CheckLeftovers()
    {
        var leftover = simulation.Scenario.Staying is null ? FindLeftover() : null;
        Violation.Unless(leftover is null, $"{leftover?.Where} still has {leftover?.Id}, {DescribeRecords(leftover?.Records ?? [])}");
    }

    private (ExecutorId Where, JobId Id, List<Record.OfJob> Records)? FindLeftover()
    {
        HashSet<JobId>? excused = null;
        foreach (var machine in simulation.Machines)
        {
            foreach (var (id, records) in machine.Store.Active)
            {
                var isExcused =
                    simulation.Jobs.IsLost(id)
                    || (simulation.Jobs.Jobs.TryGetValue(id, out var job) && IsOutOfReach(job))
                    || (excused ??= Excused()).Contains(id);
                if (!machine.Gone && !isExcused)
                {
                    return (machine.Id, id, records);
                }
            }
        }

        return null;
    }

    private void CheckToken()
    {
        var alive = simulation.Machines.Count(machine => machine.Process is not null);
        if (alive < 2)
        {
            return;
        }

        var passes = simulation.Token.Passes - _passesBefore;
        var made = simulation.Token.Made - _madeBefore;
        var seconds = Watching / Second;
        Violation.Unless(passes >= alive * (seconds / 4), $"The token of {alive} executors was passed only {passes} times in {seconds} s");
        Violation.Unless(
            2 * passes <= IdleMessagesPerSecond * seconds,
            $"The token of {alive} idle executors was passed {passes} times in {seconds} s"
        );
        Violation.Unless(made <= 1, $"{made} new tokens were made in {seconds} quiet seconds");
    }

    private string DescribeUnfinished()
    {
        var text = new StringBuilder();
        var excused = Excused();
        var jobs = simulation.Jobs.Jobs.Values.Where(job => job.Final is null && !excused.Contains(job.Id)).Take(3);
        foreach (var job in jobs)
        {
            text.Append('\n').Append(job.Id).Append(job.Plan.Poison ? " (poison)" : "").Append(':');
            foreach (var machine in simulation.Machines)
            {
                if (machine.Store.Active.TryGetValue(job.Id, out var records))
                {
                    text.Append(" at ").Append(machine.Id).Append(": ").Append(DescribeRecords(records)).Append(';');
                }
            }
        }

        return text.ToString();
    }

    private static string DescribeRecords(List<Record.OfJob> records) => string.Join(", ", records.TakeLast(6).Select(Trace.Text));
}
