using Rondo.Core;

namespace Rondo.Executor.Loop;

/// <summary>
/// The one loop that owns an <see cref="ExecutorCore"/>: drains the inbox in batches, steps each input, and hands what came of it to the
/// <see cref="CommitStage"/>. Nothing else touches the core, and it is stepped by one thread at a time.
/// </summary>
/// <remarks>
/// Under load that is the loop's own thread. On an idle machine each wake-up costs as much as the rest: so whoever brings an input while
/// nobody steps does that itself, and a client that finds no commit under way commits as well. Neither a step nor a commit waits for a
/// client or for the end of the loop, and no client goes on inside of one, so that the loop can be ended at any time.
/// </remarks>
internal sealed class ExecutorLoop
{
    /// <summary>The most inputs of one batch.</summary>
    public const int MaxBatch = 512;

    private static readonly TimeSpan LongestSleep = TimeSpan.FromMinutes(1);

    private readonly Inbox _inbox;
    private readonly LoopClock _clock;
    private readonly OpenRequests _requests;
    private readonly CommitStage _commits;
    private readonly Func<bool> _holdRequests;
    private readonly Func<bool> _holdBulk;
    private readonly Action<Exception> _fail;
    private readonly Action<Effect> _release;
    private readonly List<Input> _batch = new(MaxBatch);
    private readonly Lock _stepping = new();
    private readonly ContextCallback _stepOnly;
    private readonly ContextCallback _stepAndCommit;
    private ExecutorCore? _core;
    private Thread? _thread;
    private TimeSpan _wakeAt;
    private bool _isOpen;
    private volatile ExecutionContext? _context;
    private volatile bool _started;

    /// <summary>Makes a loop that does nothing before <see cref="Start"/>; its inbox takes inputs already.</summary>
    /// <param name="commit">Writes records in one synced write; throws when they are not on stable storage.</param>
    /// <param name="release">Carries out an effect other than a reply, without blocking.</param>
    /// <param name="fail">Ends the process: the commit failed, or the core found a bug. No effect goes out any more.</param>
    public ExecutorLoop(LoopClock clock, Inbox inbox, Action<IReadOnlyList<Record>> commit, Action<Effect> release, Action<Exception> fail)
    {
        _clock = clock;
        _inbox = inbox;
        _fail = fail;
        _requests = new OpenRequests();
        _release = release;
        _commits = new CommitStage(commit, effects => Release(effects, release), fail) { HasRoom = inbox.Nudge };
        _holdRequests = () => _commits.IsFull;
        _holdBulk = () => _commits.IsFullOfBytes;
        _stepOnly = _ => StepHere(mayCommit: false);
        _stepAndCommit = _ => StepHere(mayCommit: true);
    }

    /// <summary>What room the disk has for what clients hand in; null for no bound.</summary>
    public DiskRoom? Room { get; init; }

    /// <summary>True once the core takes requests.</summary>
    public bool IsStarted => _started;

    /// <summary>Takes up the core and starts the threads.</summary>
    public void Start(ExecutorCore core)
    {
        _core = core;
        _commits.Start();
        _thread = new Thread(Run) { IsBackground = true, Name = "rondo-loop" };
        _thread.UnsafeStart();
        _started = true;
    }

    /// <summary>Asks the core; the answer comes once all that it rests on is durable.</summary>
    /// <param name="ask">Makes the input from the id of the request.</param>
    /// <returns>
    /// The answer, which is there already if nothing else was under way: the caller then did all that was to do for it, and waited for the
    /// disk. <see cref="Refusal.Full"/> when too many inputs wait.
    /// </returns>
    /// <exception cref="OperationCanceledException">The caller gave up; a watch is taken back.</exception>
    public Task<Answer> AskAsync(Func<RequestId, Input> ask, CancellationToken cancellationToken)
    {
        var pending = new PendingAnswer();
        var id = _requests.Open(pending);
        var input = ask(id);
        if (TryBring(input, mayCommit: true))
        {
            return AnswerAsync(id, input, pending.Task, cancellationToken);
        }

        _requests.Close(id);
        return Task.FromResult<Answer>(_inbox.IsClosed ? Stopping : Overfull);
    }

    /// <summary>Puts in what may be refused, and steps it here when nobody else steps: that saves waking the loop's thread.</summary>
    /// <param name="mayCommit">True when the caller has the time to wait for the disk as well, if nobody else commits.</param>
    /// <returns>False when there is no room for it.</returns>
    public bool TryBring(Input input, bool mayCommit)
    {
        if (_context is not { } context || !(mayCommit ? _commits.IsIdle : _commits.HasRoomInFlight))
        {
            return _inbox.TryPost(input);
        }

        if (!_inbox.TryPost(input, wake: false))
        {
            return false;
        }

        if (_stepping.TryEnter())
        {
            // In the loop's own context: what is started or logged here has nothing to do with the client's request.
            ExecutionContext.Run(context, mayCommit ? _stepAndCommit : _stepOnly, null);
        }
        else
        {
            _inbox.Nudge();
        }

        return true;
    }

    /// <summary>Enters a client that asks much, by <see cref="AskWhenRoomAsync"/>.</summary>
    /// <returns>The id of its first request; those of the next ones follow on it. To be closed by <see cref="Close"/>.</returns>
    public RequestId Open(IAnswered client) => _requests.Open(client);

    /// <summary>The client takes no more answers.</summary>
    public void Close(RequestId first) => _requests.Close(first);

    /// <summary>Asks the core, after waiting for room if too many inputs wait: slows a fast client to the loop's speed.</summary>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async ValueTask AskWhenRoomAsync(Input input, IAnswered client, CancellationToken cancellationToken)
    {
        if (!await _inbox.PostWhenRoomAsync(input, cancellationToken))
        {
            client.End(Stopping);
        }
    }

    /// <summary>Steps what is left, commits it, lets it out, and ends both threads.</summary>
    public void Stop()
    {
        _inbox.Close();
        _thread?.Join();

        // A request may have come in at the last moment, after the last batch.
        _requests.EndAll(Stopping);
    }

    private static Answer.Refused Stopping { get; } = new(Refusal.Draining, "this executor is stopping");

    private static Answer.Refused Overfull { get; } =
        new(Refusal.Full, $"{Inbox.MaxInputs} requests or {Inbox.MaxBytes >> 20} MiB wait to be taken in already; try again in a moment");

    private async Task<Answer> AnswerAsync(RequestId id, Input input, Task<Answer> answer, CancellationToken cancellationToken)
    {
        try
        {
            return await answer.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            if (input is Input.Watch watch)
            {
                _inbox.Post(new Input.Unwatch(id, watch.Id));
            }
            else if (input is Input.WatchGroup group)
            {
                _inbox.Post(new Input.UnwatchGroup(id, group.Group));
            }

            throw;
        }
        finally
        {
            _requests.Close(id);
        }
    }

    private void StepHere(bool mayCommit)
    {
        var hasToCommit = false;
        try
        {
            if (_isOpen && _commits.Rent() is { } output)
            {
                hasToCommit = Step(output, mayCommit);
            }
        }
        catch (Exception error)
        {
            _isOpen = false;
            _fail(error);
        }
        finally
        {
            _stepping.Exit();
        }

        if (hasToCommit)
        {
            _commits.Commit();
        }
    }

    private void Run()
    {
        try
        {
            First();
            while (Next()) { }
        }
        catch (Exception error)
        {
            // The core's state is unknown now. What it rests on is on the disk: only a restart is safe.
            _fail(error);
            return;
        }

        _commits.Complete();
    }

    private void First()
    {
        lock (_stepping)
        {
            var now = _clock.Now;
            var output = _commits.Rent()!;
            _core!.Start(now, output);
            _core.EndBatch(now, output);
            HandOn(output, mayCommit: false);
            (_isOpen, _context) = (true, ExecutionContext.Capture());
        }
    }

    private bool Next()
    {
        // First a place for what comes of it, then the inputs: what arrives while the disk is busy joins this batch.
        if (_commits.Rent() is not { } output)
        {
            return false;
        }

        _inbox.Wait(Patience(), _holdRequests, _holdBulk);
        lock (_stepping)
        {
            if (_isOpen)
            {
                Step(output, mayCommit: false);
            }

            return _isOpen;
        }
    }

    /// <summary>Steps what waits, under the lock.</summary>
    /// <returns>True when the caller has to commit.</returns>
    private bool Step(StepOutput output, bool mayCommit)
    {
        _isOpen = _inbox.Take(_batch, MaxBatch, _holdRequests, _holdBulk);
        var now = _clock.Now;
        if (_isOpen && now.Elapsed >= _core!.NextDeadline)
        {
            _core.Step(Input.Tick.Instance, now, output);
        }

        // Before the batch, for what of it is taken in counts neither as on its way to the disk yet nor as written.
        if (Room?.Look(now.Elapsed, _core!, _commits.BytesInFlight) is { } room)
        {
            _core!.Step(room, now, output);
        }

        foreach (var input in _batch)
        {
            _core!.Step(input, now, output);
        }

        _core!.EndBatch(now, output);
        var hasToCommit = HandOn(output, mayCommit);

        // What is large in it is not to stay until the next batch.
        _batch.Clear();
        return hasToCommit;
    }

    private bool HandOn(StepOutput output, bool mayCommit)
    {
        foreach (var effect in output.Prompt)
        {
            _release(effect);
        }

        // The loop's thread sleeps until the deadline that it knows of, and does not see what another left for it.
        var isEarlier = _core!.NextDeadline < _wakeAt;
        _wakeAt = _core.NextDeadline;
        if ((isEarlier || _batch.Count >= MaxBatch) && Thread.CurrentThread != _thread)
        {
            _inbox.Nudge();
        }

        return _commits.Add(output, mayCommit);
    }

    private TimeSpan Patience()
    {
        var left = _wakeAt - _clock.Now.Elapsed;
        return left < LongestSleep ? left : LongestSleep;
    }

    /// <summary>
    /// Answers last: a client that hears of a started job may ask for its output at once, and finds it started. Otherwise in order.
    /// </summary>
    private void Release(List<Effect> effects, Action<Effect> release)
    {
        foreach (var effect in effects)
        {
            if (effect is not Effect.Reply)
            {
                release(effect);
            }
        }

        foreach (var effect in effects)
        {
            if (effect is Effect.Reply reply)
            {
                _requests.Reply(reply.Request, reply.Answer);
            }
        }
    }
}
