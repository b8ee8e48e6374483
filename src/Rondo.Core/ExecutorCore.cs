using System.Diagnostics;

namespace Rondo.Core;

/// <summary>
/// One executor's whole behaviour, without any I/O: inputs are stepped in, records and effects come out. Owned by one loop.
/// </summary>
/// <remarks>
/// A batch is any number of <see cref="Step"/> calls and one <see cref="EndBatch"/>. The records of the batch are committed in one
/// synced transaction, then its effects are let out. The next batch may be stepped while the last one commits.
/// </remarks>
public sealed class ExecutorCore
{
    /// <summary>A deadline missed by more than this says that the process itself was paused.</summary>
    public static readonly TimeSpan PauseLimit = TimeSpan.FromMilliseconds(200);

    /// <summary>So long an executor that stops waits for one that is missed: it may have been slow to answer, and takes what waits.</summary>
    private static readonly TimeSpan ReturnPatience = TimeSpan.FromSeconds(2);

    private readonly CoreSettings _settings;
    private readonly Turn _turn = new();
    private readonly JobTable _jobs;
    private readonly Membership _members;
    private readonly Handoffs _handoffs;
    private readonly Balancer _balancer;
    private readonly TokenTable _table;
    private readonly TokenRing _ring;
    private readonly Desk _desk;
    private readonly Groups _groups;
    private readonly Dependencies _dependencies;
    private readonly Crons _crons;
    private readonly Keys _keys;
    private readonly Mail _mail;
    private readonly ProgressReports _progress;
    private readonly Room _room = new();
    private readonly List<RequestId> _drains = [];
    private RequestId? _quiesce;
    private readonly Action<int, Turn> _startJobs;

    // True when something happened since the token's last visit that may call for balance.
    private bool _news;

    // True when a job came to wait here since then, of which nobody knows where the token is.
    private bool _othersWait;

    // True from Quiesce on, or once a run was interrupted because this executor stops: what would start now would count as crashed.
    private bool _stopping;

    /// <summary>Takes up what the stable storage holds.</summary>
    /// <param name="settings">What does not change while the executor runs.</param>
    /// <param name="recovered">What the last start left behind.</param>
    /// <param name="now">The time of the start.</param>
    public ExecutorCore(CoreSettings settings, Recovered recovered, Instant now)
    {
        _settings = settings;
        _jobs = new JobTable(settings) { ForgotKeys = recovered.HasKeys };
        foreach (var records in recovered.Jobs)
        {
            _jobs.Recover(records);
        }

        _members = new Membership(settings, recovered.Members, now)
        {
            Returned = Returned,
            Restarted = Restarted,
            Learned = TellHome,
            Forgotten = (peer, turn) => _handoffs!.Check(peer, turn),
        };
        _handoffs = new Handoffs(settings, _jobs, _members);
        _table = new TokenTable(settings, _jobs, _members);
        _balancer = new Balancer(settings, _jobs, _members, _table, _handoffs);
        _ring = new TokenRing(settings, _members, recovered.MintedEpoch, now)
        {
            Visit = Visit,
            HandedOver = () => _balancer.HandedOver,
            MovesAreDue = () => _balancer.MovesAreDue,
        };
        _groups = new Groups(_jobs, _handoffs);
        _dependencies = new Dependencies(settings, _jobs, _members, _handoffs);
        _keys = new Keys(_jobs);
        _desk = new Desk(settings, _jobs, _members, _table, _ring, _handoffs, _dependencies, _keys, _room, recovered.LastNumber);
        _keys.Accept = _desk.Accept;
        _keys.AcceptLate = _desk.AcceptLate;
        _crons = new Crons(_members, _room, recovered.Crons);
        _mail = new Mail(_jobs, settings.Self.Incarnation, _turn);
        _progress = new ProgressReports(_jobs, _members, _desk);
        _jobs.Changed = Changed;
        _startJobs = StartJobs;
        NextDeadline = now.Elapsed;
    }

    /// <summary>When a <see cref="Input.Tick"/> is due, in <see cref="Instant.Elapsed"/>. Read after <see cref="EndBatch"/>.</summary>
    public TimeSpan NextDeadline { get; private set; }

    /// <summary>What is left of the room for jobs and crons that was told last (<see cref="Input.Room"/>).</summary>
    public long RoomBytes => _room.Left;

    /// <summary>How many jobs are here, or are of this home, and have not ended.</summary>
    public int Unfinished => _jobs.Count;

    /// <summary>The first batch of a start: goes on with what was recovered. Call once, then <see cref="EndBatch"/>.</summary>
    public void Start(Instant now, StepOutput output)
    {
        // Taking up what was recovered may have taken long, which is no pause.
        NextDeadline = now.Elapsed;
        var turn = _turn.Begin(now, output);
        foreach (var job in _jobs.All.OrderBy(job => job.Id).ToArray())
        {
            if (job.Phase is Phase.Running)
            {
                _jobs.Write(new Record.Interrupted(job.Id, now.Wall, Crashed: !Mutants.Is(Mutant.CrashNotNoted)), turn);
                _handoffs.EndAfterLoss(job, EndedWhileItRan, turn);
            }

            if (job.AtHome && job.CancelRequested && job.Phase is Phase.Waiting or Phase.Scheduled)
            {
                _handoffs.Cancel(job, turn);
            }
            else
            {
                _handoffs.Resume(job, turn);
            }

            if (job.Phase is Phase.Scheduled { Hold: Hold.Dependencies })
            {
                _dependencies.Begin(job, turn);
            }
        }
    }

    /// <summary>Steps one input.</summary>
    public void Step(Input input, Instant now, StepOutput output)
    {
        var turn = Begin(now, output);
        switch (input)
        {
            case Input.Tick:
                // What is due is done at the end of every batch.
                break;
            case Input.Submit submit:
                _desk.Submit(submit, turn);
                break;
            case Input.Query query:
                _desk.Query(query.Request, query.Id, turn);
                break;
            case Input.Watch watch:
                _desk.Watch(watch, turn);
                break;
            case Input.Unwatch unwatch:
                _desk.Unwatch(unwatch);
                break;
            case Input.List list:
                _desk.List(list, turn);
                break;
            case Input.Cancel cancel:
                _desk.Cancel(cancel, turn);
                break;
            case Input.CancelGroup cancel:
                _groups.Cancel(cancel, turn);
                break;
            case Input.WatchGroup watch:
                _groups.Watch(watch, turn);
                break;
            case Input.UnwatchGroup unwatch:
                _groups.Unwatch(unwatch);
                break;
            case Input.SetCron set:
                _crons.Set(set, turn);
                break;
            case Input.RemoveCron remove:
                _crons.Remove(remove, turn);
                break;
            case Input.QueryCrons query:
                _crons.Query(query, turn);
                break;
            case Input.AdvanceCron advance:
                _crons.Advance(advance, turn);
                break;
            case Input.KeyFound found:
                _keys.Found(found, turn);
                break;
            case Input.QueryKey query:
                turn.Reply(query.Request, new Answer.Key(_jobs.FindKey(query.Key)));
                break;
            case Input.LookedUp found:
                _dependencies.LookedUp(found, turn);
                break;
            case Input.Progress progress:
                _progress.Take(progress, turn);
                break;
            case Input.QueryRing query:
                _desk.Ring(query.Request, turn);
                break;
            case Input.Received received:
                Receive(received.From, received.Message, turn);
                break;
            case Input.LinkBroken broken:
                if (_members.Find(broken.Peer) is { } peer)
                {
                    _ring.Suspect(peer, "the connection broke", turn);
                }

                break;
            case Input.Transferring transferring:
                if (_members.Find(transferring.Peer) is { } busy)
                {
                    busy.Postpone(turn.Now.Elapsed);
                    _ring.Postpone(busy);
                }

                break;
            case Input.RunEnded ended:
                RunEnded(ended, turn);
                break;
            case Input.Drain drain:
                _handoffs.Draining = true;
                _drains.Add(drain.Request);
                _crons.Leave(turn);
                _news = true;
                break;
            case Input.Quiesce quiesce:
                _quiesce = quiesce.Request;
                _stopping = true;
                _handoffs.Draining = true;
                _news = true;
                break;
            case Input.Room room:
                _room.Tell(room);
                break;
            case Input.Remove remove:
                Remove(remove, turn);
                break;
            default:
                throw new UnreachableException($"No rule for {input.GetType().Name}.");
        }
    }

    /// <summary>Ends a batch: does what is due, starts jobs, and sends what has gathered for each peer.</summary>
    public void EndBatch(Instant now, StepOutput output)
    {
        var turn = Begin(now, output);
        _members.Tick(turn);
        SuspectStalled(turn);
        RescueOverdue(turn);
        _ring.Tick(turn);
        _dependencies.EndBatch(turn);
        _jobs.ReleaseDue(turn);
        UseToken(turn);
        StartJobs(_balancer.Quota(turn), turn);
        _balancer.HandOverStranded(turn);
        WakeIfNeeded(turn);
        EndDrain(turn);
        EndQuiesce(turn);
        NextDeadline = Min(
            SettlePeers(turn),
            Min(_jobs.Alarms.NextDeadline(turn.Now), Min(_ring.NextDeadline, Min(_members.NextJoin, _balancer.NextDeadline)))
        );
        NextDeadline = _dependencies.IsBehind ? now.Elapsed : NextDeadline;
    }

    private Turn Begin(Instant now, StepOutput output)
    {
        var turn = _turn.Begin(now, output);
        var late = now.Elapsed - NextDeadline;
        if (late > PauseLimit)
        {
            // The loop itself did not run: silence of the others in that time proves nothing.
            _members.ForgivePause(late);
            _ring.ForgivePause(turn);
            turn.Note(new CoreEvent.WasPaused(late));
            NextDeadline = now.Elapsed;
        }

        return turn;
    }

    private void Receive(ExecutorId from, Message message, Turn turn)
    {
        if (_members.Find(from) is not { } peer)
        {
            // Only a greeting makes an executor known.
            if (message is Message.Hello hello)
            {
                _members.Receive(from, hello, turn);
            }
            else if (message is Message.HelloAck ack)
            {
                _members.Receive(from, ack, turn);
            }

            return;
        }

        switch (message)
        {
            case Message.Pass pass:
                _ring.Receive(peer, pass, turn);
                return;
            case Message.Ack ack:
                _ring.Receive(from, ack);
                return;
        }

        peer.Touch();
        switch (message)
        {
            case Message.Hello hello:
                _members.Receive(from, hello, turn);
                break;
            case Message.HelloAck ack:
                _members.Receive(from, ack, turn);
                break;
            case Message.Inquire inquire:
                _ring.Receive(peer, inquire, turn);
                break;
            case Message.Alive alive:
                _ring.Receive(from, alive, turn);
                break;
            case Message.Nack nack:
                _ring.Receive(peer, nack, turn);
                break;
            case Message.Stale stale:
                _ring.Receive(from, stale);
                break;
            case Message.Wake:
                _ring.Wake(turn);
                break;
            case Message.Offer offer:
                _handoffs.Receive(peer, offer, turn);
                break;
            case Message.Accept accept:
                _handoffs.Receive(peer, accept, turn);
                break;
            case Message.Reject reject:
                _handoffs.Receive(peer, reject, turn);
                break;
            case Message.Holding holding:
                _handoffs.Receive(peer, holding, turn);
                break;
            case Message.HoldingAck ack:
                _handoffs.Receive(peer, ack, turn);
                break;
            case Message.Result result:
                _handoffs.Receive(peer, result, turn);
                break;
            case Message.ResultAck ack:
                _handoffs.Receive(peer, ack, turn);
                break;
            case Message.Cancel cancel:
                _handoffs.Receive(cancel, turn);
                break;
            case Message.Check check:
                _handoffs.Receive(peer, check, turn);
                break;
            case Message.Await await:
                _dependencies.Receive(peer, await, turn);
                break;
            case Message.Ended ended:
                _dependencies.Receive(peer, ended);
                break;
            case Message.EndedAck ack:
                Dependencies.Receive(peer, ack);
                break;
            case Message.Progress progress:
                _progress.Receive(peer, progress, turn);
                break;
            case Message.Leave leave:
                Forget(leave.Who, leave.Incarnation, leave.Who == from, turn);
                break;
            default:
                throw new UnreachableException($"No rule for {message.GetType().Name}.");
        }
    }

    private void RunEnded(Input.RunEnded ended, Turn turn)
    {
        if (
            _handoffs.WasAbandoned(ended.Id, ended.Attempt)
            || _jobs.Find(ended.Id) is not { Phase: Phase.Running running } job
            || running.Attempt != ended.Attempt
        )
        {
            return;
        }

        _stopping |= ended.Interrupted;
        var cancelled = job.Stopping && ended.Outcome.End != JobEnd.Succeeded;
        job.Stopping = false;
        if (cancelled)
        {
            _handoffs.Finish(job, ended.Outcome with { End = JobEnd.Cancelled, Reason = Reasons.CancelledByClient, Error = null }, turn);
        }
        else if (ended.Interrupted)
        {
            _jobs.Write(new Record.Interrupted(job.Id, turn.Now.Wall, Crashed: false), turn);
            if (ended.Outcome.Reason != Reasons.CannotStart)
            {
                _handoffs.EndAfterLoss(job, EndedWhileItRan, turn);
            }
        }
        else
        {
            _handoffs.Finish(job, ended.Outcome, turn);
        }
    }

    private Token Visit(Token token, bool again, Turn turn)
    {
        _news = false;
        _othersWait = false;
        foreach (var row in token.Table)
        {
            if (_members.Find(row.Executor) is { } peer && peer.Member.Incarnation == row.Incarnation)
            {
                peer.Draining = row.Draining;
            }
        }

        token = _balancer.Visit(token, again, turn, _startJobs);
        ProbeDoubtful(token.Table, turn);
        return token;
    }

    /// <summary>Others may know better who is there: whoever the token does not visit is asked, and whoever says that it misses this executor.</summary>
    private void ProbeDoubtful(EquatableList<LoadRow> table, Turn turn)
    {
        var missing = _members.AliveCount + 1 > table.Count;
        for (var i = 0; missing && i < _members.Peers.Count; i++)
        {
            if (!_table.IsInLast(_members.Peers[i].Id))
            {
                _members.Probe(_members.Peers[i], turn);
            }
        }

        foreach (var row in table)
        {
            if (row.Missed.Contains(_settings.Self.Id) && _members.Find(row.Executor) is { } peer)
            {
                _members.Probe(peer, turn);
            }
        }
    }

    private void StartJobs(int limit, Turn turn)
    {
        while (!_stopping && _jobs.Running < limit && _jobs.Ready.First is { } job)
        {
            _jobs.Write(new Record.Started(job.Id, turn.Now.Wall, job.Attempt.Next), turn);
            turn.Emit(new Effect.Start(job.Id, job.Attempt, job.Terms, job.Content));
            if (!job.AtHome)
            {
                _handoffs.Report(job, turn);
            }
        }
    }

    /// <summary>What came up while the token is here need not wait for its next round.</summary>
    private void UseToken(Turn turn)
    {
        if (_news && _ring.IsHere && _members.AliveCount > 0)
        {
            _ring.LookAgain(turn);
            _ring.Tick(turn);
            _news = false;
        }
    }

    /// <summary>
    /// While the token goes slowly, whoever has more than it can start, or nothing to start while others have, makes it go at once.
    /// </summary>
    private void WakeIfNeeded(Turn turn)
    {
        if (!_news || _members.AliveCount == 0 || !_ring.IsSlow || !(HasTooMuch() || HasTooLittle()))
        {
            return;
        }

        _news = false;
        if (!_ring.IsHere)
        {
            foreach (var peer in _members.Peers)
            {
                if (!peer.Suspected)
                {
                    turn.Send(peer.Member, new Message.Wake());
                }
            }
        }

        _ring.Wake(turn);
        _ring.Tick(turn);
    }

    /// <summary>With plenty waiting everywhere there is nothing to hurry for.</summary>
    private bool HasTooMuch() =>
        _jobs.Unable.Count > 0
        || (
            _jobs.Ready.Count > 0
            && (_handoffs.Draining || _jobs.Running < _settings.Slots || IsNewsElsewhere() || _balancer.SomebodyHasRoom())
        );

    /// <summary>Where the token is it must be known that jobs wait here: a slot may have become free there, or does so next.</summary>
    private bool IsNewsElsewhere() => (_othersWait || _handoffs.MoreIsHere) && !_ring.IsHere && _table.NoneWaitedHere;

    private bool HasTooLittle()
    {
        if (_jobs.Ready.Count > 0 || _jobs.Running >= _settings.Slots || _handoffs.Draining)
        {
            return false;
        }

        foreach (var row in _table.Last)
        {
            if (row.Executor != _settings.Self.Id && row.SomeWait)
            {
                return true;
            }
        }

        return false;
    }

    private void RescueOverdue(Turn turn)
    {
        for (var i = 0; !_members.NobodyIsMissed && i < _members.Peers.Count; i++)
        {
            var peer = _members.Peers[i];
            if (RescueAt(peer, turn.Now.Elapsed) <= turn.Now.Elapsed)
            {
                _handoffs.Rescue(peer, turn);
            }
        }
    }

    /// <summary>
    /// When the jobs that a peer has are taken back, if it stays away and that is not later than asked for; it may get some while it is
    /// away, from others.
    /// </summary>
    private TimeSpan RescueAt(Peer peer, TimeSpan latest)
    {
        if (!peer.Suspected)
        {
            return TimeSpan.MaxValue;
        }

        var at = peer.SuspectedSince + (Mutants.Is(Mutant.RescueOnSuspicion) ? TimeSpan.Zero : _settings.RescueAfter);
        return at <= latest && _jobs.AwayAt(peer.Id).Count > 0 ? at : TimeSpan.MaxValue;
    }

    private void SuspectStalled(Turn turn)
    {
        for (var i = 0; i < _members.Peers.Count; i++)
        {
            var peer = _members.Peers[i];
            if (peer.Suspected || !peer.IsDue(turn.Now.Elapsed))
            {
                continue;
            }

            if (peer.IsStalled)
            {
                _ring.Suspect(peer, "it acknowledges nothing", turn);
            }
            else if (peer.ProbeUntil <= turn.Now.Elapsed)
            {
                _ring.Suspect(peer, "others miss it, and it does not answer", turn);
            }
            else if (peer.Checks.IsStalled)
            {
                // An executor that was told that this one is gone for good hears nothing of it but greetings.
                _members.Probe(peer, turn);
            }
        }
    }

    private void EndDrain(Turn turn)
    {
        // What waits for an executor goes to another one, unless there is none that could take it.
        var waiting = _jobs.Ready.Count + _jobs.Unable.Count;
        if (
            _drains.Count == 0
            || _jobs.Count > _jobs.Scheduled + waiting
            || _crons.SomeCanMove
            || _balancer.SomeMayMove(_settings.RescueAfter, turn)
            || SomeWaitForAnEnd(turn)
        )
        {
            return;
        }

        // Whoever still has jobs stays a member, and is missed: those that wait for its jobs go on waiting.
        if (_jobs.Count == 0 && _crons.Count == 0)
        {
            foreach (var peer in _members.Peers)
            {
                turn.Send(peer.Member, new Message.Leave(_settings.Self.Id, _settings.Self.Incarnation));
            }
        }

        var drained = new Answer.Drained(waiting, _jobs.Scheduled, _jobs.NextScheduled(), _crons.Count);
        foreach (var request in _drains)
        {
            turn.Reply(request, drained);
        }

        _drains.Clear();
    }

    /// <summary>Whoever waits for the end of a job of this home is to hear of it before it hears that the home has left.</summary>
    private bool SomeWaitForAnEnd(Turn turn) =>
        _members.Peers.Any(peer =>
            peer.EndsAs.Count > 0 && !peer.Ends.IsStalled && peer.MayAnswer(_settings.RescueAfter, turn.Now.Elapsed)
        );

    private void EndQuiesce(Turn turn)
    {
        if (_quiesce is { } request && !_balancer.SomeMayMove(ReturnPatience, turn) && !IsOffering(turn))
        {
            turn.Reply(request, new Answer.Done());
            _quiesce = null;
        }
    }

    private string EndedWhileItRan => $"executor {_settings.Self.Id} ended while it ran the job";

    private bool IsOffering(Turn turn) =>
        _members.Peers.Any(peer =>
            peer.MayAnswer(ReturnPatience, turn.Now.Elapsed) && _jobs.AwayAt(peer.Id).Any(job => job.Phase is Phase.Offered)
        );

    private void Remove(Input.Remove remove, Turn turn)
    {
        if (_members.Find(remove.Id) is not { } gone)
        {
            turn.Reply(remove.Request, new Answer.Refused(Refusal.UnknownExecutor, $"no executor {remove.Id} in this ring"));
            return;
        }

        if (!gone.Suspected)
        {
            turn.Reply(remove.Request, new Answer.Refused(Refusal.StillAlive, $"executor {remove.Id} is alive: drain it instead"));
            return;
        }

        foreach (var peer in _members.Peers)
        {
            if (!peer.Suspected)
            {
                turn.Send(peer.Member, new Message.Leave(gone.Id, gone.Member.Incarnation));
            }
        }

        Forget(gone.Id, gone.Member.Incarnation, bySelf: false, turn);
        turn.Reply(remove.Request, new Answer.Done());
    }

    private void Forget(ExecutorId id, Incarnation incarnation, bool bySelf, Turn turn)
    {
        if (_members.Forget(id, incarnation, bySelf, turn) is { } peer)
        {
            _ring.PeerLost(peer, turn);
            _handoffs.Rescue(peer, turn);
            _handoffs.Abandon(id, turn);
            _dependencies.Abandon(id);
            if (bySelf)
            {
                // It keeps no cron any more. What is removed at its new home from now on must not come back from here.
                _crons.ForgetCopies(id, turn);
            }
        }
    }

    private void Changed(Job job, Turn turn)
    {
        // The home hears when its jobs start and end. While it has the token as well, it needs nobody to call for it.
        var isUnknown = job.AtHome || job.Id.Home != _ring.RestsWith;
        _news |= isUnknown || job.Phase is Phase.Waiting;
        _othersWait |= isUnknown && job.Phase is Phase.Waiting;
        _desk.Changed(job, turn);
        _groups.Changed(job, turn);
        _dependencies.Changed(job);
    }

    private void Returned(Peer peer, Turn turn)
    {
        _news = true;
        _handoffs.Check(peer, turn);
        _dependencies.AskAgain(peer, turn);
    }

    private void Restarted(Peer peer, Turn turn)
    {
        if (!Mutants.Is(Mutant.ResendToNewerIncarnation))
        {
            _ring.PeerLost(peer, turn);
        }

        _dependencies.AskAgain(peer, turn);
        TellHome(peer, turn);
    }

    /// <summary>A home hears of its jobs that are here, whatever it heard before: how they ended, or that they are here.</summary>
    private void TellHome(Peer home, Turn turn)
    {
        foreach (var job in _jobs.All)
        {
            if (job.Id.Home == home.Id && job.Phase is Phase.Waiting or Phase.Running or Phase.PassedOn or Phase.Ended)
            {
                _handoffs.Resume(job, turn);
            }
        }
    }

    /// <summary>Sends what gathered for the peers; tells when there is something to do for one of them next.</summary>
    private TimeSpan SettlePeers(Turn turn)
    {
        var next = TimeSpan.MaxValue;
        foreach (var peer in _members.Peers)
        {
            if (!peer.IsDue(turn.Now.Elapsed))
            {
                next = Min(next, peer.DueAt);
                continue;
            }

            _mail.Flush(peer);
            next = Min(next, peer.Settle(RescueAt(peer, latest: peer.HelloAt)));
        }

        return next;
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
