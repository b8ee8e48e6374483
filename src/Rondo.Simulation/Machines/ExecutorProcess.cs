using System.Diagnostics;
using Rondo.Core;

namespace Rondo.Simulation;

/// <summary>
/// One start of an executor: the real core inside a loop like the real one. A batch is stepped, committed, and only then let out; the
/// next batches are stepped meanwhile.
/// </summary>
internal sealed class ExecutorProcess
{
    private const int BatchMaxInputs = 512;
    private const int InboxMax = 100_000;
    private const int IdleStepsMax = 10_000;

    private readonly Simulation _simulation;
    private readonly Machine _machine;
    private readonly ExecutorCore _core;
    private readonly CommitStage _commits;
    private readonly Conformance _conformance;

    // What executors and runs have to say, and what clients ask, which comes after it.
    private readonly Queue<Input> _inbox = new();
    private readonly Queue<Input> _asked = new();
    private readonly Dictionary<RequestId, PendingRequest> _requests = [];
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
        _conformance = new Conformance(simulation, machine, settings.Self.Incarnation);
        _commits = new CommitStage(simulation, machine, this);
        Runner = new SimulatedRunner(simulation, machine, this);
        try
        {
            _core = new ExecutorCore(settings, machine.Store.Load(), Now);
        }
        catch (Exception exception) when (exception is not Violation)
        {
            throw new Violation($"{machine.Id} cannot take up what its store has: {exception}", exception);
        }
    }

    /// <summary>Counts all starts of all executors of a run.</summary>
    public int Serial { get; }

    public CoreSettings Settings { get; }

    public SimulatedRunner Runner { get; }

    public bool Dead { get; private set; }

    public bool Paused { get; private set; }

    /// <summary>When each peer answered for the last time as far as this process noted it.</summary>
    public Dictionary<ExecutorId, long> KnownSince { get; } = [];

    /// <summary>An operator asked it to drain.</summary>
    public bool Draining { get; set; }

    /// <summary>Nothing is on its way between the core and the store: what the core knows is what the store has.</summary>
    public bool IsSettled => _commits.IsEmpty && _inbox.Count + _asked.Count == 0;

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
        var output = _commits.Rent();
        try
        {
            _core.Start(Now, output);
            _core.EndBatch(Now, output);
            _conformance.OnStepped(null, output);
        }
        catch (Exception exception) when (exception is not Violation)
        {
            throw new Violation($"{_machine.Id} threw at its start: {exception}", exception);
        }

        Stepped(output, inputs: 1);
    }

    public void Receive(Input input) => Receive(input, _inbox);

    /// <summary>A request of a client: it is answered, or lost with the process.</summary>
    public void Ask(PendingRequest request, Func<RequestId, Input> input)
    {
        var id = new RequestId(++_lastRequest);
        _requests.Add(id, request);
        Receive(input(id), _asked);
    }

    private void Receive(Input input, Queue<Input> lane)
    {
        if (lane.Count < InboxMax)
        {
            lane.Enqueue(input);
            if (!_lettingOut)
            {
                TryStep();
            }
        }
    }

    public void Pause() => Paused = true;

    public void Resume()
    {
        if (Dead || !Paused)
        {
            return;
        }

        Paused = false;
        _commits.Resume();
        GoOn();
    }

    /// <summary>Takes and starts nothing more, and hands over what waits: it will stop.</summary>
    public void Quiesce() => Ask(new PendingRequest(static _ => { }, static () => { }), static id => new Input.Quiesce(id));

    /// <summary>Ends in an orderly way: runs are interrupted, all is committed, then the process goes.</summary>
    public void Leave()
    {
        if (Dead || Paused)
        {
            return;
        }

        // It goes when the last run has ended, not between two.
        Runner.InterruptAll();
        _leaving = true;
        GoOn();
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
        var inOrder = _leaving && IsSettled;
        _commits.Die(commitSurvives);
        if (!inOrder)
        {
            _simulation.Jobs.OnCrashed(_machine);
        }

        _simulation.Jobs.OnStopped(_machine);
        _machine.Store.Close();
        Runner.Die();
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
        _commits.OnDone(noticed: !Paused);
        GoOn();
    }

    /// <summary>Asks the core for a job without anybody noticing; only for checks, and only while nothing is under way.</summary>
    public JobView? Peek(JobId id)
    {
        var output = new StepOutput();
        _core.Step(new Input.Query(new RequestId(-1), id), Now, output);
        Violation.Unless(output.Records.Count == 0 && output.Effects.Count == 1, $"{_machine.Id} did more than answer a query");
        return output.Effects[0] is Effect.Reply { Answer: Answer.Job job } ? job.View : null;
    }

    public void LetOut(List<Effect> effects)
    {
        // Whatever an effect brings about waits until all effects are out: they keep their order.
        _lettingOut = true;
        foreach (var effect in effects)
        {
            LetOut(effect);
        }

        _lettingOut = false;
    }

    private void LetOut(Effect effect)
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
                Runner.Begin(start);
                break;
            case Effect.Stop stop:
                Runner.Stop(stop);
                break;
            case Effect.Reply reply:
                if (_requests.Remove(reply.Request, out var request))
                {
                    _simulation.Trace?.Replied(_machine, reply);
                    request.Answered(reply.Answer);
                }

                break;
            case Effect.FindKey find:
                new KeySearch(_simulation, _machine, this).Begin(find);
                break;
            case Effect.LookUp lookUp:
                Receive(new Input.LookedUp(new EquatableList<JobEnded>([.. lookUp.Jobs.Select(_machine.Store.LookUp)])));
                break;
            case Effect.Note note:
                _simulation.OnNote(_machine, note.Event);
                break;
            default:
                throw new UnreachableException();
        }
    }

    /// <summary>Whatever came to an end: steps what waits, and exits when nothing is left to do.</summary>
    private void GoOn()
    {
        TryStep();
        ArmTick();
        if (_leaving && !Dead && IsSettled)
        {
            _simulation.Exited(_machine);
        }
    }

    private void TryStep()
    {
        if (Dead || Paused || _commits.IsFull)
        {
            return;
        }

        var now = _simulation.Now;
        var tickIsDue = now >= Deadline;
        if (_inbox.Count == 0 && !tickIsDue && (_asked.Count == 0 || _commits.ClientsWait))
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

        var output = _commits.Rent();
        Stepped(output, Step(output, tickIsDue));
    }

    private int Step(StepOutput output, bool tickIsDue)
    {
        var inputs = 0;
        Input? input = null;
        _conformance.Begin();
        try
        {
            var now = Now;
            if (tickIsDue)
            {
                inputs++;
                input = Input.Tick.Instance;
                _core.Step(input, now, output);
            }

            while (inputs < BatchMaxInputs && (_inbox.TryDequeue(out input) || (!_commits.ClientsWait && _asked.TryDequeue(out input))))
            {
                inputs++;
                _core.Step(input, now, output);
                _conformance.OnStepped(input, output);
            }

            input = null;
            _core.EndBatch(now, output);
            _conformance.OnStepped(null, output);
        }
        catch (Exception exception) when (exception is not Violation)
        {
            throw new Violation($"{_machine.Id} threw at {input?.ToString() ?? "the end of a batch"}: {exception}", exception);
        }

        return inputs;
    }

    private void Stepped(StepOutput output, int inputs)
    {
        var now = _simulation.Now;
        _busyUntil = now + ((_simulation.Disks.Between(2, 20) + inputs) * VirtualTime.Microsecond);
        var idle = output.Records.Count == 0 && output.Prompt.Count + output.Effects.Count == 0 && Deadline <= now;
        _idleSteps = idle ? _idleSteps + 1 : 0;
        Violation.Unless(_idleSteps < IdleStepsMax, $"{_machine.Id} asks for tick after tick and does nothing at {now}");
        _simulation.OnStepped(_machine, output);
        LetOut(output.Prompt);
        _commits.Add(output);
        if (!Dead)
        {
            GoOn();
        }
    }

    private void ArmTick()
    {
        if (Dead || Paused || _commits.IsFull)
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
}
