namespace Rondo.Core;

/// <summary>Another member of the ring, with what is open between it and this executor.</summary>
internal sealed class Peer
{
    /// <summary>A start of a job elsewhere is told to its home only after this long: most short jobs end before, and their result says it all.</summary>
    public static readonly TimeSpan ReportDelay = TimeSpan.FromMilliseconds(20);

    public Peer(Member member)
    {
        Member = member;
        Action touch = Touch;
        Offers = new Outbox(TimeSpan.Zero, touch);
        Results = new Outbox(TimeSpan.Zero, touch);
        Reports = new Outbox(ReportDelay, touch);
        Cancels = new Outbox(TimeSpan.Zero, touch);
        Checks = new Outbox(TimeSpan.Zero, touch);
        Awaits = new Outbox(TimeSpan.Zero, touch);
        Ends = new Outbox(TimeSpan.Zero, touch);
    }

    public Member Member { get; set; }

    public ExecutorId Id => Member.Id;

    // When there is something to do for it by what was known at the end of the last batch; at once when something changed since.
    private TimeSpan _dueAt = TimeSpan.MinValue;

    /// <summary>True until a round trip proved that it is there, and from the moment that it is missed.</summary>
    public bool Suspected { get; set; } = true;

    /// <summary>True until it answered a greeting that told it so: what was known of it before, if anything, is forgotten.</summary>
    public bool IsNew { get; set; }

    /// <summary>True once its start was seen to take no more jobs, also when it is missed since.</summary>
    public bool Draining { get; set; }

    /// <summary>Since when it has been out of the ring.</summary>
    public TimeSpan SuspectedSince { get; set; }

    /// <summary>True for one that answers, and for one that has been missed for less than this: it may have been slow to answer, no more.</summary>
    public bool MayAnswer(TimeSpan patience, TimeSpan now) => !Suspected || now - SuspectedSince < patience;

    /// <summary>The first greeting of this suspicion: only an answer to it or to a later one proves anything.</summary>
    public long ProofNonce { get; set; }

    public TimeSpan HelloAt { get; set; }

    /// <summary>When it is suspected unless it answers the greeting that asks whether it is still there.</summary>
    public TimeSpan ProbeUntil { get; set; } = TimeSpan.MaxValue;

    /// <summary>The greeting that asks so.</summary>
    public long ProbeNonce { get; set; }

    /// <summary>Before this it is not asked again.</summary>
    public TimeSpan ProbeAfter { get; set; }

    public TimeSpan HelloPause { get; set; }

    /// <summary>Jobs offered to it and not yet accepted or refused.</summary>
    public Outbox Offers { get; }

    /// <summary>Results of jobs of its home.</summary>
    public Outbox Results { get; }

    /// <summary>Jobs of its home that are held here, which it does not know yet.</summary>
    public Outbox Reports { get; }

    /// <summary>Jobs that it holds and that are to be ended.</summary>
    public Outbox Cancels { get; }

    /// <summary>Jobs of this home that it should have, and of which it is to say that it still has them.</summary>
    public Outbox Checks { get; }

    /// <summary>Jobs of its home for which jobs of this home wait, and of which it has not said anything yet.</summary>
    public Outbox Awaits { get; }

    /// <summary>When it is asked again for all jobs that this home waits for.</summary>
    public TimeSpan AwaitAgainAt { get; set; } = TimeSpan.MaxValue;

    public TimeSpan AwaitPause { get; set; }

    /// <summary>Jobs of this home that ended and for which it waits.</summary>
    public Outbox Ends { get; }

    /// <summary>How those ended.</summary>
    public Dictionary<JobId, DependencyState> EndsAs { get; } = [];

    /// <summary>How many jobs it has with what was offered to it when the token was last here.</summary>
    public int LoadWithOffers { get; set; }

    /// <summary>Counts the offers to it.</summary>
    public long OffersMade { get; set; }

    /// <summary>The number of the newest offer of its current start.</summary>
    public long OffersSeen { get; set; }

    // Answers that gather during a batch.
    public List<JobTransfer> Accepts { get; } = [];

    public List<JobTransfer> Rejects { get; } = [];

    public List<JobVerdict> Verdicts { get; } = [];

    public List<ResultReceipt> ResultAcks { get; } = [];

    public List<JobEnded> AwaitAnswers { get; } = [];

    public List<JobId> EndedAcks { get; } = [];

    /// <summary>True when it has acknowledged nothing of what it was told again and again. (Cancels are answered by results, in their time, and checks by reports.)</summary>
    public bool IsStalled => Offers.IsStalled || Results.IsStalled || Reports.IsStalled;

    /// <summary>
    /// False when the end of a batch has nothing to do for it: most batches concern one peer, and all the others must cost nothing.
    /// </summary>
    public bool IsDue(TimeSpan now) => Suspected || _dueAt <= now;

    /// <summary>Something that is to be told to it, or that is known of it, changed.</summary>
    public void Touch() => _dueAt = TimeSpan.MinValue;

    /// <summary>All is done for now.</summary>
    /// <param name="rescueAt">When the jobs that it has are to be taken back, if it stays away.</param>
    /// <returns>When there is something to do for it next.</returns>
    public TimeSpan Settle(TimeSpan rescueAt)
    {
        if (Suspected)
        {
            return HelloAt < rescueAt ? HelloAt : rescueAt;
        }

        var next = Earlier(
            Earlier(ProbeUntil, Earlier(Offers.NextDeadline, Results.NextDeadline)),
            Earlier(Reports.NextDeadline, Earlier(Cancels.NextDeadline, Checks.NextDeadline))
        );
        next = Earlier(next, Earlier(AwaitAgainAt, Earlier(Awaits.NextDeadline, Ends.NextDeadline)));

        // One that stalled just now is looked at in the next batch.
        _dueAt = IsStalled ? TimeSpan.MinValue : next;
        return next;
    }

    /// <summary>When there is something to do for it next, if nothing changed since it was settled.</summary>
    public TimeSpan DueAt => _dueAt;

    private static TimeSpan Earlier(TimeSpan one, TimeSpan other) => one < other ? one : other;

    /// <summary>Its acknowledgements take longer for now.</summary>
    public void Postpone(TimeSpan now)
    {
        Offers.Postpone(now);
        Results.Postpone(now);
    }

    public void SendAllAgain(TimeSpan now)
    {
        Offers.SendAllAgain(now);
        Results.SendAllAgain(now);
        Reports.SendAllAgain(now);
        Cancels.SendAllAgain(now);
        Checks.SendAllAgain(now);
        Awaits.SendAllAgain(now);
        Ends.SendAllAgain(now);
    }
}
