using Rondo.Core;

namespace Rondo.Simulation;

/// <summary>
/// Watches every job: one final record that never changes and that a real execution came to; no execution more than crashes and rescues
/// explain; nothing that a client was told is lost.
/// </summary>
internal sealed class JobLedger(Simulation simulation)
{
    private readonly Dictionary<JobId, JobTrack> _jobs = [];
    private readonly List<(JobId Id, Outcome Outcome)> _executions = [];
    private readonly Dictionary<JobId, int> _highestNumbers = [];

    public IReadOnlyDictionary<JobId, JobTrack> Jobs => _jobs;

    /// <summary>The highest number under which each job was ever offered, by anyone, as far as it is on a disk.</summary>
    public IReadOnlyDictionary<JobId, int> HighestNumbers => _highestNumbers;

    public int Unfinished { get; private set; }

    public int Executions => _executions.Count;

    public int Rescues { get; private set; }

    public int Handoffs { get; private set; }

    /// <summary>What jobs asked for, and how often it mattered.</summary>
    public TermsWatch Terms { get; } = new(simulation);

    public void OnCommitted(Machine machine, IReadOnlyList<Record> records)
    {
        for (var i = 0; i < records.Count; i++)
        {
            switch (records[i])
            {
                case Record.Accepted accepted:
                    var plan = simulation.Workload.PlanOf(accepted.Content);
                    Violation.Unless(
                        _jobs.TryAdd(
                            accepted.Id,
                            new JobTrack(accepted.Id, plan)
                            {
                                AcceptedAt = simulation.Now - (machine.Read(simulation.Now).Wall - accepted.At).Ticks,
                            }
                        ),
                        $"{machine.Id} accepted {accepted.Id} twice"
                    );
                    Terms.OnAccepted(machine, accepted);
                    simulation.Balance?.OnAccepted(accepted.Id, machine, isFirst: Unfinished == 0);
                    Unfinished++;
                    break;
                case Record.Offered offered:
                    _highestNumbers[offered.Id] = Math.Max(_highestNumbers.GetValueOrDefault(offered.Id), offered.Transfer.Value);
                    break;
                case Record.TakenBack takenBack:
                    OnTakenBack(takenBack);
                    break;
                case Record.CancelNoted cancelNoted:
                    Violation.Unless(
                        _jobs[cancelNoted.Id].CancelRequested,
                        $"{machine.Id} noted a cancel of {cancelNoted.Id} that nobody asked for"
                    );
                    _jobs[cancelNoted.Id].CancelNoted = true;
                    break;
                case Record.Started started:
                    Violation.Unless(
                        started.Id.Home != machine.Id || !Track(started.Id).CancelNoted,
                        $"{machine.Id} starts {started.Id}, whose cancel it has noted"
                    );
                    Track(started.Id).StartsRecorded.Add((machine.Id, started.Attempt));
                    break;
                case Record.Interrupted { Crashed: true } interrupted:
                    var crashed = Track(interrupted.Id);
                    var isTrue = ++crashed.CrashesNoted <= crashed.CrashesByRecord;
                    Violation.Unless(isTrue, $"{machine.Id} says that it crashed while it ran {interrupted.Id}, but it did not");
                    break;
                case Record.Held held:
                    Handoffs++;
                    simulation.Balance?.OnMoved(held.Id);
                    machine.Held.Add(held.Id);
                    break;
                case Record.MemberKnown or Record.MemberGone:
                    Terms.OnMember(machine, records[i]);
                    break;
                case Record.Dropped dropped when IsGone(dropped.Id.Home, records, i):
                    // With what came of it: should the home be back all the same, the job runs again, here or wherever it goes next.
                    Track(dropped.Id).Forgettings++;
                    break;
                case Record.DependencyEnded ended:
                    Terms.OnDependencyEnded(machine, ended);
                    break;
                case Record.Retried retried:
                    OnRetried(machine, retried);
                    break;
                case Record.Finished finished when finished.Id.Home == machine.Id:
                    OnFinal(machine, finished);
                    break;
                default:
                    break;
            }
        }
    }

    /// <summary>True when the home was taken for one that never returns, just before.</summary>
    private static bool IsGone(ExecutorId home, IReadOnlyList<Record> records, int before) =>
        records.Take(before).Any(record => record is Record.MemberGone gone && gone.Id == home);

    public Run OnStart(Machine machine, Effect.Start start)
    {
        var track = Track(start.Id);
        track.Executions++;
        Violation.Unless(
            track.Executions <= track.MayExecute,
            $"{start.Id} is executed {track.Executions} times, which {track.Crashes} crashes, {track.Interruptions} interruptions, {track.Rescues} rescues and {track.Forgettings} restarts do not explain"
        );
        Violation.Unless(
            _lost.ContainsKey(start.Id) || track.StartsRecorded.Contains((machine.Id, start.Attempt)),
            $"{machine.Id} starts {start.Id} before that is durable"
        );
        Violation.Unless(
            _lost.ContainsKey(start.Id)
                || track.Plan.Terms.Start is not StartTime.After after
                || simulation.Now >= track.AcceptedAt + after.Delay.Ticks
                || HasJumpingClocks,
            $"{machine.Id} starts {start.Id} before its time"
        );
        track.RunEndsAt = simulation.Now + track.Plan.RunTime;
        track.OnNextStart?.Invoke(track.RunEndsAt);
        track.OnNextStart = null;
        var serial = _executions.Count;
        var succeeds = track.Plan is { Succeeds: true, TimesOut: false };
        var outcome = new Outcome
        {
            End = succeeds ? JobEnd.Succeeded : JobEnd.Failed,
            Reason =
                succeeds ? null
                : track.Plan.TimesOut ? Reasons.Timeout
                : Reasons.ExitCode,
            ExitCode = serial,
            Output = new JobOutput(Run.Nonce(serial), default),
        };
        _executions.Add((start.Id, outcome));
        var run = new Run(serial, start.Id, start.Attempt, track.Plan, outcome);
        if (!_lost.ContainsKey(start.Id))
        {
            Terms.OnStart(machine, run);
        }

        return run;
    }

    /// <summary>Tells when the job's execution ends, now or once it starts.</summary>
    public void WhenRunEnds(JobId id, Action<long> tell)
    {
        var track = Track(id);
        if (track.RunEndsAt > simulation.Now)
        {
            tell(track.RunEndsAt);
        }
        else
        {
            track.OnNextStart = tell;
        }
    }

    /// <summary>True when its result is being made, or is on its way home.</summary>
    public bool IsAboutToFinish(JobId id)
    {
        var track = Track(id);
        return track.Final is null && track.RunEndsAt > 0 && Math.Abs(simulation.Now - track.RunEndsAt) < 5 * VirtualTime.Millisecond;
    }

    public void OnCrashed(Run run) => Track(run.Id).Crashes++;

    /// <summary>A process crashed: its next start will find these jobs running, as far as the records tell.</summary>
    public void OnCrashed(Machine machine)
    {
        foreach (var (id, records) in machine.Store.Active)
        {
            if (records.FindLast(IsAboutRunning) is Record.Started && Job.Replay(machine.Id, records).IsRunning)
            {
                Track(id).CrashesByRecord++;
            }
        }
    }

    /// <summary>A process ended, in whatever way.</summary>
    public void OnStopped(Machine machine)
    {
        foreach (var id in machine.Held.Where(id => !machine.Store.Active.ContainsKey(id)).ToArray())
        {
            machine.Held.Remove(id);
            if (simulation.Machines.Any(other => IsOffering(other, id, machine.Id)))
            {
                Track(id).Forgettings++;
            }
        }
    }

    private static bool IsOffering(Machine machine, JobId id, ExecutorId to) =>
        machine.Store.Active.TryGetValue(id, out var records)
        && records.FindLast(IsAboutPlace) is Record.Offered offered
        && offered.To == to;

    private static bool IsAboutPlace(Record.OfJob record) => record is not (Record.CancelNoted or Record.DependencyEnded);

    private static bool IsAboutRunning(Record.OfJob record) => record is not (Record.CancelNoted or Record.Held or Record.Accepted);

    public void OnInterrupted(Run run) => Track(run.Id).Interruptions++;

    /// <summary>A client is given the id: from now on the job must not be lost.</summary>
    public void OnTold(Machine machine, JobId id, JobPlan plan, bool isKnown)
    {
        // A key may have been used elsewhere: whoever knows so says so.
        var home = isKnown ? simulation.Fleet.Find(id.Home) : machine;
        var isDurable = home is null || home.Store.Active.ContainsKey(id) || home.Store.Finals.ContainsKey(id);
        Violation.Unless(isDurable, $"{machine.Id} gave out {id} before it was durable");
        var track = Track(id);
        track.Told = true;
        Terms.OnTold(machine, track, plan, isKnown);
    }

    public void OnCancelRequested(JobId id) => Track(id).CancelRequested = true;

    /// <summary>What a client is told must be what is recorded.</summary>
    public void OnView(Machine home, JobView view)
    {
        var track = Track(view.Id);
        if (!view.IsFinal)
        {
            Violation.Unless(!track.ToldFinal, $"{home.Id} says that {view.Id} is {view.State} after it was final");
            return;
        }

        Violation.Unless(track.Final is not null, $"{home.Id} says that {view.Id} is {view.State}, which is not durable");
        var outcome = track.Final!.Outcome;
        var same = view.State == StateOf(outcome.End) && view.ExitCode == outcome.ExitCode && view.Reason == outcome.Reason;
        Violation.Unless(same, $"{home.Id} says {view} where {track.Final} is recorded");
        track.ToldFinal = true;
    }

    /// <summary>What was on a disk that is gone cannot be asked for.</summary>
    public void OnDiskLost(ExecutorId executor)
    {
        foreach (var id in _jobs.Keys.Where(id => id.Home == executor).ToArray())
        {
            Unfinished -= _jobs[id].Final is null ? 1 : 0;
            _jobs.Remove(id, out var track);
            _lost.Add(id, track!);
        }
    }

    private readonly Dictionary<JobId, JobTrack> _lost = [];

    /// <summary>Jobs whose home is gone with its disk. Those that others hold run all the same.</summary>
    public IReadOnlyCollection<JobTrack> Lost => _lost.Values;

    public bool IsLost(JobId id) => _lost.ContainsKey(id);

    private JobTrack Track(JobId id)
    {
        if (_jobs.TryGetValue(id, out var track))
        {
            return track;
        }

        // The home's disk is gone, but others go on with its jobs.
        Violation.Unless(_lost.ContainsKey(id), $"Nobody ever accepted {id} (at {VirtualTime.Text(simulation.Now)})");
        return new JobTrack(id, simulation.Workload.AnyPlan) { Rescues = int.MaxValue / 2, CrashesByRecord = int.MaxValue / 2 };
    }

    private void OnTakenBack(Record.TakenBack takenBack)
    {
        if (takenBack.Why is "refused" or "came home")
        {
            // The other side does not have the job, and said so.
            return;
        }

        Track(takenBack.Id).Rescues++;
        Terms.OnOutdated(takenBack.Id, takenBack.Transfer);
        Rescues++;
    }

    // A clock that was set forward while an executor was down makes what is left of a delay shorter.
    private bool HasJumpingClocks => simulation.Scenario.Faults.Contains(Fault.ClockJump);

    /// <summary>Each failed execution is followed by another attempt once at most, and as often as its job allows.</summary>
    private void OnRetried(Machine home, Record.Retried retried)
    {
        var track = Track(retried.Id);
        Violation.Unless(track.Final is null, $"{home.Id} tries {retried.Id} again after its result {track.Final}");
        var allowed = track.Plan.Terms.Retries?.Max ?? 0;
        Violation.Unless(++track.Retries <= allowed, $"{retried.Id} is tried again {track.Retries} times, where {allowed} are allowed");
        Terms.OnOutdated(retried.Id, retried.Transfer);
        var (id, outcome) = _executions[retried.Outcome.ExitCode ?? -1];
        var isTrue = id == retried.Id && outcome.End == JobEnd.Failed && _retried.Add(retried.Outcome.ExitCode!.Value);
        Violation.Unless(isTrue, $"{home.Id} recorded {retried}, for which there is no failed execution, or one that was used before");
    }

    private readonly HashSet<int> _retried = [];

    private void OnFinal(Machine home, Record.Finished finished)
    {
        var track = Track(finished.Id);
        var isLast =
            finished.Outcome is not { End: JobEnd.Failed, Reason: Reasons.ExitCode or Reasons.Timeout }
            || track.Retries == (track.Plan.Terms.Retries?.Max ?? 0);
        Violation.Unless(isLast, $"{home.Id} gives {finished} up after {track.Retries} retries");
        Violation.Unless(track.Final is null, $"{home.Id} recorded a second result: {finished} after {track.Final}");
        track.Final = finished;
        Terms.OnEnded(finished.Id);
        Unfinished--;
        simulation.Balance?.OnEnded();
        if (Unfinished == 0)
        {
            simulation.Balance?.OnEmpty();
        }

        var outcome = finished.Outcome;
        if (outcome.Output.Result.Length == sizeof(long))
        {
            var serial = BitConverter.ToInt64(outcome.Output.Result.Span);
            var (id, original) = _executions[(int)serial];
            var same = id == finished.Id && outcome.ExitCode == serial && (outcome.End == original.End || track.CancelRequested);
            Violation.Unless(same, $"{home.Id} recorded {finished}, but that execution came to {original}");
            return;
        }

        var explained = outcome.Reason switch
        {
            Reasons.CrashLimit => track.CrashesByRecord + track.Rescues >= 3,
            Reasons.ExecutorLost => track.Plan.Terms.FailOnExecutorLoss,
            Reasons.CancelledByClient => track.CancelRequested,
            Reasons.DependencyFailed => Terms.HasFailedDependency(home, track.Plan.Terms),
            _ => false,
        };
        Violation.Unless(explained, $"{home.Id} recorded {finished}, for which there is no reason");
    }

    public static JobState StateOf(JobEnd end) =>
        end switch
        {
            JobEnd.Succeeded => JobState.Succeeded,
            JobEnd.Failed => JobState.Failed,
            JobEnd.Cancelled => JobState.Cancelled,
            _ => throw new System.Diagnostics.UnreachableException(),
        };
}
