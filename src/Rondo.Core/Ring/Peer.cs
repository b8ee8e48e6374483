namespace Rondo.Core;

/// <summary>Another member of the ring, with what is open between it and this executor.</summary>
internal sealed class Peer(Member member)
{
    /// <summary>A start of a job elsewhere is told to its home only after this long: most short jobs end before, and their result says it all.</summary>
    public static readonly TimeSpan ReportDelay = TimeSpan.FromMilliseconds(20);

    public Member Member { get; set; } = member;

    public ExecutorId Id => Member.Id;

    /// <summary>True until a round trip proved that it is there, and from the moment that it is missed.</summary>
    public bool Suspected { get; set; } = true;

    /// <summary>Since when it has been out of the ring.</summary>
    public TimeSpan SuspectedSince { get; set; }

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
    public Outbox Offers { get; } = new(TimeSpan.Zero);

    /// <summary>Results of jobs of its home.</summary>
    public Outbox Results { get; } = new(TimeSpan.Zero);

    /// <summary>Jobs of its home that are held here, which it does not know yet.</summary>
    public Outbox Reports { get; } = new(ReportDelay);

    /// <summary>Jobs that it holds and that are to be ended.</summary>
    public Outbox Cancels { get; } = new(TimeSpan.Zero);

    /// <summary>Jobs of its home for which jobs of this home wait, and of which it has not said anything yet.</summary>
    public Outbox Awaits { get; } = new(TimeSpan.Zero);

    /// <summary>When it is asked again for all jobs that this home waits for.</summary>
    public TimeSpan AwaitAgainAt { get; set; } = TimeSpan.MaxValue;

    public TimeSpan AwaitPause { get; set; }

    /// <summary>Jobs of this home that ended and for which it waits.</summary>
    public Outbox Ends { get; } = new(TimeSpan.Zero);

    /// <summary>How those ended.</summary>
    public Dictionary<JobId, DependencyState> EndsAs { get; } = [];

    /// <summary>Counts the offers to it.</summary>
    public long OffersMade { get; set; }

    /// <summary>The number of the newest offer of its current start.</summary>
    public long OffersSeen { get; set; }

    // Answers that gather during a batch.
    public List<JobTransfer> Accepts { get; } = [];

    public List<JobTransfer> Rejects { get; } = [];

    public List<JobVerdict> Verdicts { get; } = [];

    public List<JobId> ResultAcks { get; } = [];

    public List<JobEnded> AwaitAnswers { get; } = [];

    public List<JobId> EndedAcks { get; } = [];

    /// <summary>True when it has acknowledged nothing of what it was told again and again. (Cancels are answered by results, in their time.)</summary>
    public bool IsStalled => Offers.IsStalled || Results.IsStalled || Reports.IsStalled;

    /// <summary>When there is something to do for it next.</summary>
    /// <param name="rescueAt">When the jobs that it has are to be taken back, if it stays away.</param>
    public TimeSpan NextDeadline(TimeSpan rescueAt)
    {
        if (Suspected)
        {
            return HelloAt < rescueAt ? HelloAt : rescueAt;
        }

        var next = ProbeUntil;
        next = Offers.NextDeadline < next ? Offers.NextDeadline : next;
        next = Results.NextDeadline < next ? Results.NextDeadline : next;
        next = Reports.NextDeadline < next ? Reports.NextDeadline : next;
        next = Cancels.NextDeadline < next ? Cancels.NextDeadline : next;
        next = Awaits.NextDeadline < next ? Awaits.NextDeadline : next;
        next = Ends.NextDeadline < next ? Ends.NextDeadline : next;
        return AwaitAgainAt < next ? AwaitAgainAt : next;
    }

    public void SendAllAgain(TimeSpan now)
    {
        Offers.SendAllAgain(now);
        Results.SendAllAgain(now);
        Reports.SendAllAgain(now);
        Cancels.SendAllAgain(now);
        Awaits.SendAllAgain(now);
        Ends.SendAllAgain(now);
    }
}
