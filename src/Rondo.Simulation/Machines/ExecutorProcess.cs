using System.Diagnostics;
using Rondo.Core;

namespace Rondo.Simulation;

/// <summary>
/// One start of an executor: the real core inside a loop like the real one. A batch is stepped, committed, and only then let out; the
/// next batch is stepped while the last one commits.
/// </summary>
internal sealed class ExecutorProcess
{
    private const int BatchMaxInputs = 512;
    private const int InboxMax = 100_000;
    private const int IdleStepsMax = 10_000;

    private readonly Simulation _simulation;
    private readonly Machine _machine;
    private readonly ExecutorCore _core;
    private readonly Queue<Input> _inbox = new();
    private readonly Dictionary<RequestId, PendingRequest> _requests = [];
    private readonly Dictionary<JobId, Run> _runs = [];
    private readonly Stack<Batch> _pool = new();
    private Batch? _committing;
    private Batch? _stepped;
    private long _busyUntil;
    private long _wakeAt = long.MaxValue;
    private long _tickAt = long.MaxValue;
    private long _lastRequest;
    private int _idleSteps;
    private bool _leaving;
    private bool _lettingOut;

    public ExecutorProcess(Simulation simulation, Machine machine, int serial, CoreSettings settings)
    {
        _simulation = simulation;
        _machine = machine;
        Serial = serial;
        Settings = settings;
        _core = Guard(() => new ExecutorCore(settings, machine.Store.Load(), Now));
    }

    /// <summary>Counts all starts of all executors of a run.</summary>
    public int Serial { get; }

    public CoreSettings Settings { get; }

    public Incarnation Incarnation => Settings.Self.Incarnation;

    public bool Dead { get; private set; }

    public bool Paused { get; private set; }

    /// <summary>When each peer answered for the last time as far as this process noted it.</summary>
    public Dictionary<ExecutorId, long> KnownSince { get; } = [];

    /// <summary>An operator asked it to drain.</summary>
    public bool Draining { get; set; }

    /// <summary>Jobs that run, without those that were told to end.</summary>
    public int Running { get; private set; }

    /// <summary>Jobs that run, those that were told to end included.</summary>
    public int RunningOrStopping { get; private set; }

    /// <summary>Nothing is on its way between the core and the store: what the core knows is what the store has.</summary>
    public bool IsSettled => _committing is null && _stepped is null && _inbox.Count == 0;

    private Instant Now => _machine.Read(_simulation.Now);

    private long Deadline
    {
        get
        {
            var deadline = _core.NextDeadline;
            return deadline == TimeSpan.MaxValue ? long.MaxValue : deadline.Ticks - _machine.MonotonicOffset;
        }
    }

    public void Start()
    {
        var batch = TakeBatch();
        Guard(() =>
        {
            _core.Start(Now, batch.Output);
            _core.EndBatch(Now, batch.Output);
        });
        Stepped(batch, inputs: 1);
    }

    public void Receive(Input input)
    {
        if (_inbox.Count < InboxMax)
        {
            _inbox.Enqueue(input);
            if (!_lettingOut)
            {
                TryStep();
            }
        }
    }

    /// <summary>A request of a client: it is answered, or lost with the process.</summary>
    public void Ask(PendingRequest request, Func<RequestId, Input> input)
    {
        var id = new RequestId(++_lastRequest);
        _requests.Add(id, request);
        Receive(input(id));
    }

    public void Pause() => Paused = true;

    public void Resume()
    {
        if (Dead || !Paused)
        {
            return;
        }

        Paused = false;
        if (_committing is { Durable: true })
        {
            FinishCommit();
        }

        TryStep();
        ArmTick();
    }

    /// <summary>Takes and starts nothing more, and hands over what waits: it will stop.</summary>
    public void Quiesce() => Receive(new Input.Quiesce());

    /// <summary>Ends in an orderly way: runs are interrupted, all is committed, then the process goes.</summary>
    public void Leave()
    {
        if (Dead || Paused)
        {
            return;
        }

        _leaving = true;
        foreach (var run in _runs.Values.ToArray())
        {
            if (!run.Ended)
            {
                End(run);
                _simulation.Jobs.OnInterrupted(run);
                _inbox.Enqueue(new Input.RunEnded(run.Id, run.Attempt, run.Outcome, Interrupted: true));
            }
        }

        TryStep();
        ExitIfDone();
    }

    /// <summary>The process is gone at once. A commit that was going on may have reached the disk or not.</summary>
    public void Die(bool commitSurvives)
    {
        if (Dead)
        {
            return;
        }

        Dead = true;
        _machine.Process = null;
        if (_committing is { Durable: false } batch && commitSurvives)
        {
            MakeDurable(batch);
        }

        if (!_leaving || !IsSettled)
        {
            _simulation.Jobs.OnCrashed(_machine);
        }

        _simulation.Jobs.OnStopped(_machine);
        foreach (var run in _runs.Values)
        {
            run.Ended = true;
            _simulation.Jobs.OnCrashed(run);
        }

        foreach (var request in _requests.Values)
        {
            request.Lost();
        }

        _requests.Clear();
    }

    public void OnWake()
    {
        if (_wakeAt == _simulation.Now)
        {
            _wakeAt = long.MaxValue;
            TryStep();
        }
    }

    public void OnTick()
    {
        if (_tickAt == _simulation.Now)
        {
            _tickAt = long.MaxValue;
            TryStep();
            ArmTick();
        }
    }

    public void OnCommitDone()
    {
        MakeDurable(_committing ?? throw new UnreachableException("A commit ended that had not begun."));
        if (!Paused)
        {
            FinishCommit();
            TryStep();
            ArmTick();
        }
    }

    public void OnRunEnded(Run run)
    {
        if (run.Ended)
        {
            return;
        }

        if (run.Plan.Poison && !run.Stopped)
        {
            _simulation.CrashAndRestart(_machine, "poison job " + run.Id);
            return;
        }

        End(run);
        Receive(new Input.RunEnded(run.Id, run.Attempt, run.Outcome, Interrupted: false));
    }

    /// <summary>Asks the core for a job without anybody noticing; only for checks, and only while nothing is under way.</summary>
    public JobView? Peek(JobId id)
    {
        var output = new StepOutput();
        Guard(() => _core.Step(new Input.Query(new RequestId(-1), id), Now, output));
        Violation.Unless(output.Records.Count == 0 && output.Effects.Count == 1, $"{_machine.Id} did more than answer a query");
        return output.Effects[0] is Effect.Reply { Answer: Answer.Job job } ? job.View : null;
    }

    private void TryStep()
    {
        if (Dead || Paused || _stepped is not null)
        {
            return;
        }

        var now = _simulation.Now;
        var tickIsDue = now >= Deadline;
        if (_inbox.Count == 0 && !tickIsDue)
        {
            return;
        }

        if (now < _busyUntil)
        {
            if (_busyUntil < _wakeAt)
            {
                _wakeAt = _busyUntil;
                _simulation.At(_busyUntil, new Event(EventKind.Wake, _machine.Index, Serial, default, default, null));
            }

            return;
        }

        var batch = TakeBatch();
        var inputs = Step(batch, tickIsDue);
        Stepped(batch, inputs);
    }

    private int Step(Batch batch, bool tickIsDue)
    {
        var inputs = 0;
        Input? input = null;
        try
        {
            var now = Now;
            if (tickIsDue)
            {
                inputs++;
                input = Input.Tick.Instance;
                _core.Step(input, now, batch.Output);
            }

            while (inputs < BatchMaxInputs && _inbox.TryDequeue(out input))
            {
                inputs++;
                _core.Step(input, now, batch.Output);
            }

            input = null;
            _core.EndBatch(now, batch.Output);
        }
        catch (Exception exception) when (exception is not Violation)
        {
            throw new Violation($"{_machine.Id} threw at {input?.ToString() ?? "the end of a batch"}: {exception}", exception);
        }

        return inputs;
    }

    private void Stepped(Batch batch, int inputs)
    {
        var now = _simulation.Now;
        _busyUntil = now + _simulation.Disks.Between(2, 20) * VirtualTime.Microsecond + (inputs * VirtualTime.Microsecond);
        var idle = batch.Output.Records.Count == 0 && batch.Output.Prompt.Count + batch.Output.Effects.Count == 0 && Deadline <= now;
        _idleSteps = idle ? _idleSteps + 1 : 0;
        Violation.Unless(_idleSteps < IdleStepsMax, "{0} asks for tick after tick and does nothing at {1}", _machine.Id, now);
        _simulation.OnStepped(_machine, batch.Output);
        ArmTick();
        LetOut(batch.Output.Prompt);
        if (Dead)
        {
            return;
        }

        if (_committing is null)
        {
            Begin(batch);
        }
        else
        {
            _stepped = batch;
        }

        if (!Dead && _inbox.Count > 0)
        {
            TryStep();
        }
    }

    private void Begin(Batch batch)
    {
        if (batch.Output.Records.Count == 0)
        {
            LetOut(batch);
            return;
        }

        _committing = batch;
        var time = _simulation.CommitTime(_machine);
        switch (_simulation.Faults.AtCommit())
        {
            case CommitFault.None:
                _simulation.After(time, new Event(EventKind.CommitDone, _machine.Index, Serial, default, default, null));
                break;
            case CommitFault.CrashBefore:
                _simulation.CrashAndRestart(_machine, "before a commit", commitSurvives: false);
                break;
            case CommitFault.CrashAfter:
                _simulation.CrashAndRestart(_machine, "between a commit and its effects", commitSurvives: true);
                break;
            case CommitFault.CrashAmidEffects:
                MakeDurable(batch);
                batch.Output.Effects.RemoveRange(batch.Output.Effects.Count / 2, (batch.Output.Effects.Count + 1) / 2);
                _committing = null;
                LetOut(batch);
                _simulation.CrashAndRestart(_machine, "amid the effects of a commit");
                break;
            case CommitFault.Fails:
                // What a failed sync left on the disk is anybody's guess.
                _simulation.CrashAndRestart(_machine, "a commit failed");
                break;
            default:
                throw new UnreachableException();
        }
    }

    private void MakeDurable(Batch batch)
    {
        batch.Durable = true;
        _machine.Store.Commit(batch.Output.Records);
        _simulation.Jobs.OnCommitted(_machine, batch.Output.Records);
        foreach (var record in batch.Output.Records)
        {
            if (record is Record.Finished or Record.Interrupted && _runs.TryGetValue(((Record.OfJob)record).Id, out var run))
            {
                run.EndIsDurable = true;
                Forget(run);
            }
        }
    }

    private void FinishCommit()
    {
        var batch = _committing!;
        _committing = null;
        LetOut(batch);
        if (!Dead && _stepped is { } next)
        {
            _stepped = null;
            Begin(next);
        }

        ExitIfDone();
    }

    private void LetOut(Batch batch)
    {
        LetOut(batch.Output.Effects);
        batch.Clear();
        _pool.Push(batch);
    }

    private void LetOut(List<Effect> effects)
    {
        // Whatever an effect brings about waits until all effects are out: they keep their order.
        _lettingOut = true;
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case Effect.Send send:
                    _simulation.OnSend(_machine, this, send);
                    break;
                case Effect.Greet greet:
                    _simulation.Network.Greet(_machine, greet.Address, greet.Hello);
                    break;
                case Effect.Start start:
                    Begin(start);
                    break;
                case Effect.Stop stop:
                    Stop(stop);
                    break;
                case Effect.Reply reply:
                    if (_requests.Remove(reply.Request, out var request))
                    {
                        _simulation.Trace?.Replied(_machine, reply);
                        request.Answered(reply.Answer);
                    }

                    break;
                case Effect.Note note:
                    _simulation.OnNote(_machine, note.Event);
                    break;
                default:
                    throw new UnreachableException();
            }
        }

        _lettingOut = false;
    }

    private void Begin(Effect.Start start)
    {
        if (_leaving)
        {
            // A runner that stops starts nothing more.
            _inbox.Enqueue(new Input.RunEnded(start.Id, start.Attempt, new Outcome { End = JobEnd.Failed }, Interrupted: true));
            return;
        }

        var run = _simulation.Jobs.OnStart(_machine, start);
        Violation.Unless(
            !_runs.TryGetValue(start.Id, out var other) || other.Ended,
            "{0} runs {1} twice at the same time",
            _machine.Id,
            start.Id
        );
        _runs[start.Id] = run;
        Running++;
        RunningOrStopping++;
        Violation.Unless(Running <= Settings.Slots, "{0} runs {1} jobs at the same time", _machine.Id, Running);
        _simulation.Trace?.Runs(_machine, "starts", run);
        _simulation.After(run.Plan.Duration, new Event(EventKind.RunEnded, _machine.Index, Serial, default, default, run));
    }

    private void Stop(Effect.Stop stop)
    {
        if (_leaving || !_runs.TryGetValue(stop.Id, out var run) || run.Ended || run.Attempt != stop.Attempt)
        {
            return;
        }

        if (run.Stopped)
        {
            return;
        }

        _simulation.Trace?.Runs(_machine, "stops", run);
        run.Stopped = true;
        Running--;
        if (_simulation.Disks.Chance(0.8))
        {
            // Otherwise it ends by itself at the same moment.
            run.Outcome = run.Outcome with
            {
                End = JobEnd.Failed,
                Reason = Reasons.Signal,
                Signal = 15,
            };
        }

        var time = _simulation.Disks.Between(100, 5000) * VirtualTime.Microsecond;
        _simulation.After(time, new Event(EventKind.RunEnded, _machine.Index, Serial, default, default, run));
    }

    private void End(Run run)
    {
        run.Ended = true;
        Running -= run.Stopped ? 0 : 1;
        RunningOrStopping--;
        _simulation.Trace?.Runs(_machine, "ends", run);
        _simulation.Balance?.OnChange();
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

    private void ExitIfDone()
    {
        if (_leaving && !Dead && IsSettled)
        {
            _simulation.Exited(_machine);
        }
    }

    private void ArmTick()
    {
        if (Dead || Paused || _stepped is not null)
        {
            return;
        }

        var time = Math.Max(Deadline, Math.Max(_simulation.Now + 1, _busyUntil));
        if (time < _tickAt)
        {
            _tickAt = time;
            _simulation.At(_tickAt, new Event(EventKind.Tick, _machine.Index, Serial, default, default, null));
        }
    }

    private Batch TakeBatch() => _pool.TryPop(out var batch) ? batch : new Batch();

    private void Guard(Action act) =>
        Guard(() =>
        {
            act();
            return true;
        });

    private T Guard<T>(Func<T> act)
    {
        try
        {
            return act();
        }
        catch (Exception exception) when (exception is not Violation)
        {
            throw new Violation($"{_machine.Id} threw at its start: {exception}", exception);
        }
    }
}
