namespace Rondo.Core;

/// <summary>Answers clients: takes jobs in, and tells of jobs and of the ring.</summary>
internal sealed class Desk(
    CoreSettings settings,
    JobTable jobs,
    Membership members,
    TokenTable table,
    TokenRing ring,
    Handoffs handoffs,
    Dependencies dependencies,
    Keys keys,
    Room room,
    long lastNumber
)
{
    private readonly Watchers _watchers = new();
    private long _lastNumber = lastNumber;
    private JobTerms? _lastTerms;

    /// <summary>A job changed: tells those who wait for it.</summary>
    public void Changed(Job job, Turn turn)
    {
        _watchers.Changed(job, turn);
        if (job.Follower != default && job.Phase is Phase.Ended ended)
        {
            turn.Reply(job.Follower, new Answer.Ended(job.Id, ended.Record.Outcome));
        }
    }

    /// <summary>A job said how far it is: tells those who watch it.</summary>
    public void Progressed(Job job, Turn turn) => _watchers.Changed(job, turn);

    /// <summary>Takes a job in, unless another executor has to.</summary>
    public void Submit(Input.Submit submit, Turn turn)
    {
        if (OwnerElsewhere(submit) is { } owner)
        {
            turn.Reply(submit.Request, new Answer.Elsewhere(owner));
        }
        else if (submit.Terms.IdempotencyKey is null)
        {
            Accept(submit, turn);
        }
        else
        {
            // A firing is never repeated at another executor, and a key that names its executor belonged to it from the beginning.
            var isOwn = submit.AtHome || BoundKey.ExecutorOf(submit.Terms.IdempotencyKey) is not null;
            keys.Submit(submit, isOwn ? EquatableList<Member>.Empty : members.MayKnowKeys(turn.Now), turn);
        }
    }

    /// <summary>
    /// The executor that all jobs of the concurrency key have as their home, or else all of the idempotency key; null when that is this
    /// one. A cap cannot be kept any other way, so it comes first: a repetition has the same cap, and so comes to the same home.
    /// </summary>
    private Member? OwnerElsewhere(Input.Submit submit)
    {
        var key = submit.Terms.Concurrency?.Key ?? (submit.AtHome ? null : submit.Terms.IdempotencyKey);
        if (key is null || members.Peers.Count == 0)
        {
            return null;
        }

        // One that is no member any more has left its keys, like all that it had, to the others.
        if (submit.Terms.Concurrency is null && BoundKey.ExecutorOf(key) is { } named)
        {
            if (named == settings.Self.Id)
            {
                return null;
            }

            if (members.Find(named) is { } peer)
            {
                return peer.Member;
            }
        }

        var owner = members.OwnerOf(key);
        return owner.Id == settings.Self.Id ? null : owner;
    }

    /// <summary>
    /// Takes a job in that belonged here when it came. Whoever joined meanwhile may own its key now, and both must not take one.
    /// </summary>
    public void AcceptLate(Input.Submit submit, Turn turn)
    {
        if (OwnerElsewhere(submit) is { } owner)
        {
            turn.Reply(submit.Request, new Answer.Elsewhere(owner));
        }
        else
        {
            Accept(submit, turn);
        }
    }

    /// <summary>Takes a job in that belongs here.</summary>
    public void Accept(Input.Submit submit, Turn turn)
    {
        if (handoffs.Draining)
        {
            turn.Reply(
                submit.Request,
                new Answer.Refused(Refusal.Draining, "this executor is draining and takes no jobs; submit to another one")
            );
            return;
        }

        if (jobs.HomeCount >= settings.MaxUnfinished || jobs.HomeBytes + submit.Content.Size > settings.MaxUnfinishedBytes)
        {
            turn.Reply(
                submit.Request,
                new Answer.Refused(
                    Refusal.Full,
                    $"this executor has {jobs.HomeCount} unfinished jobs with {jobs.HomeBytes} bytes and takes no more before some end "
                        + $"(at most {settings.MaxUnfinished} jobs and {settings.MaxUnfinishedBytes} bytes)"
                )
            );
            return;
        }

        if (room.Take(submit.Content.Size) is { } noRoom)
        {
            turn.Reply(submit.Request, noRoom);
            return;
        }

        var id = new JobId(settings.Self.Id, ++_lastNumber);

        // The jobs of a batch mostly have the same terms: one copy is enough for those that wait.
        _lastTerms = submit.Terms.Equals(_lastTerms) ? _lastTerms : submit.Terms;
        var job = jobs.Write(new Record.Accepted(id, turn.Now.Wall, _lastTerms, submit.Content), turn);
        job.Follower = submit.Follow ? submit.Request : default;
        if (job.Phase is Phase.Scheduled { Hold: Hold.Dependencies })
        {
            dependencies.Begin(job, turn);
        }

        turn.Reply(submit.Request, new Answer.Submitted(id));
    }

    public void Query(RequestId request, JobId id, Turn turn) => turn.Reply(request, Find(id, turn));

    public void Watch(Input.Watch watch, Turn turn)
    {
        var answer = Find(watch.Id, turn);
        if (answer is Answer.Job { View: var view } && !Watchers.IsNews(view, watch.Known))
        {
            _watchers.Add(watch.Id, watch.Request, watch.Known);
            return;
        }

        turn.Reply(watch.Request, answer);
    }

    public void Unwatch(Input.Unwatch unwatch) => _watchers.Remove(unwatch.Id, unwatch.Request);

    public void Cancel(Input.Cancel cancel, Turn turn)
    {
        if (jobs.Find(cancel.Id) is { AtHome: true } job)
        {
            handoffs.Cancel(job, turn);
        }

        turn.Reply(cancel.Request, Find(cancel.Id, turn));
    }

    public void List(Input.List list, Turn turn)
    {
        // The highest numbers below the limit, found in one pass over what is unfinished.
        var page = new PriorityQueue<Job, long>();
        foreach (var job in jobs.All)
        {
            if (!job.AtHome || job.Id.Number >= list.Below || !Matches(job, list))
            {
                continue;
            }

            page.Enqueue(job, job.Id.Number);
            if (page.Count > list.Limit)
            {
                page.Dequeue();
            }
        }

        var views = new JobView[page.Count];
        for (var i = views.Length - 1; i >= 0; i--)
        {
            views[i] = View(page.Dequeue());
        }

        turn.Reply(list.Request, new Answer.Jobs(views));
    }

    public void Ring(RequestId request, Turn turn)
    {
        var views = new List<RingMemberView>();
        var own = table.OwnRow(handoffs.Draining, EquatableList<OnTheWay>.Empty);
        views.Add(ViewOf(settings.Self, suspected: false, handoffs.Draining, own));
        foreach (var peer in members.Peers)
        {
            views.Add(ViewOf(peer.Member, peer.Suspected, peer.Draining, table.Last.RowOf(peer.Id)));
        }

        views.Sort((one, other) => one.Member.Id.CompareTo(other.Member.Id));
        var alive = views.Where(view => view.State == ExecutorState.Alive).Select(view => view.Running).ToArray();
        var spread = alive.Length == 0 ? 0 : alive.Max() - alive.Min();
        turn.Reply(request, new Answer.Ring(new RingView(views, ring.Seen, ring.Lap, ring.LapTime, ring.TravelTime, spread)));
    }

    private static RingMemberView ViewOf(Member member, bool suspected, bool draining, LoadRow? row)
    {
        var state =
            suspected ? ExecutorState.Suspected
            : draining ? ExecutorState.Draining
            : ExecutorState.Alive;
        return new RingMemberView(member, state, row?.Running ?? 0, row?.Waiting ?? 0, row?.Slots ?? 0, draining);
    }

    private Answer Find(JobId id, Turn turn) =>
        jobs.Find(id) is { } job ? new Answer.Job(View(job))
        : jobs.FindRecent(id, turn.Now.Wall) is { } view ? new Answer.Job(view)
        : new Answer.NotInMemory();

    private JobView View(Job job)
    {
        if (job.Phase is not Phase.Waiting)
        {
            return job.ToView();
        }

        var somewhere =
            settings.Self.Capabilities.CanRun(job.Terms)
            || members.Peers.Any(peer => !peer.Suspected && peer.Member.Capabilities.CanRun(job.Terms));
        return job.ToView(somewhere ? Reasons.WaitingForSlot : Reasons.NoExecutorCanRunIt);
    }

    private static bool Matches(Job job, Input.List list) =>
        (list.State is null || job.ToView().State == list.State)
        && (list.Name is null || job.Terms.Name == list.Name)
        && (list.Group is null || job.Terms.Group == list.Group)
        && job.Terms.HasLabels(list.Labels);
}
