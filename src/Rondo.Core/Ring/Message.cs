namespace Rondo.Core;

/// <summary>
/// What executors say to each other. Every message may be lost, late, out of order or repeated; whoever gets one twice acts once.
/// </summary>
public abstract record Message
{
    private Message() { }

    /// <summary>The most jobs that one message names.</summary>
    public const int MaxJobs = 512;

    /// <summary>The size in bytes of contents or outputs from which a message takes no further job.</summary>
    public const int SoftMaxBytes = 1 << 20;

    /// <summary>The members that the sender knows, itself first. Asks for a <see cref="HelloAck"/>.</summary>
    /// <param name="Nonce">Comes back in the answer: only a round trip proves that both directions work.</param>
    public sealed record Hello(long Nonce, EquatableList<Member> Members) : Message
    {
        /// <summary>The sender did not know the receiver before, or does not any more: it has nothing of it.</summary>
        public bool New { get; init; }
    }

    /// <summary>Answers a <see cref="Hello"/>.</summary>
    public sealed record HelloAck(long Nonce, EquatableList<Member> Members) : Message;

    /// <summary>Asks whether the token was seen lately.</summary>
    public sealed record Inquire(long Nonce) : Message;

    /// <summary>Answers an <see cref="Inquire"/>.</summary>
    /// <param name="SeenAgo">How long ago the sender last had the token; zero when it has it or is passing it on; null for never.</param>
    public sealed record Alive(long Nonce, TimeSpan? SeenAgo) : Message;

    /// <summary>Passes the token to the one incarnation that it is addressed to.</summary>
    public sealed record Pass(Incarnation To, Token Token) : Message;

    /// <summary>The token arrived, now or before.</summary>
    public sealed record Ack(Generation Generation, long Hop) : Message;

    /// <summary>The token was addressed to another incarnation than the one that got it.</summary>
    public sealed record Nack(Generation Generation, long Hop, Incarnation Incarnation) : Message;

    /// <summary>The token is out of date: a higher generation was seen.</summary>
    public sealed record Stale(Generation Generation, long Hop, Generation Seen) : Message;

    /// <summary>There is something to balance: whoever has the token passes it at once.</summary>
    public sealed record Wake : Message;

    /// <summary>Hands jobs over. Repeated until each is accepted or refused.</summary>
    public sealed record Offer(EquatableList<OfferedJob> Jobs) : Message
    {
        /// <summary>The start that it is for: a later one does not know what this one has refused. Null from a release that did not say.</summary>
        public Incarnation? To { get; init; }

        /// <summary>How many jobs its receiver has with these, as far as the sender knew with the token in hand. 0 when it did not.</summary>
        public int Load { get; init; }
    }

    /// <summary>The jobs are on the sender's stable storage, under these transfer numbers or higher ones.</summary>
    public sealed record Accept(EquatableList<JobTransfer> Jobs) : Message;

    /// <summary>The sender does not take the jobs.</summary>
    public sealed record Reject(EquatableList<JobTransfer> Jobs) : Message
    {
        /// <summary>The start that says so; it does not speak for later ones. Null from a release that did not say.</summary>
        public Incarnation? By { get; init; }
    }

    /// <summary>To a home: who has these jobs of its, the sender or one to whom it passed them on. Repeated until answered.</summary>
    public sealed record Holding(EquatableList<HeldJob> Jobs) : Message;

    /// <summary>Answers <see cref="Holding"/>: the home knows it now, or has other plans.</summary>
    public sealed record HoldingAck(EquatableList<JobVerdict> Jobs) : Message;

    /// <summary>To a home: the results of jobs of its. Repeated until acknowledged.</summary>
    public sealed record Result(EquatableList<JobResult> Jobs) : Message;

    /// <summary>The results are on the home's stable storage, or the home does not want them.</summary>
    public sealed record ResultAck(EquatableList<ResultReceipt> Jobs) : Message;

    /// <summary>To a holder: end these jobs. Repeated until their results arrive.</summary>
    public sealed record Cancel(EquatableList<JobId> Jobs) : Message;

    /// <summary>
    /// To a holder that may have let go of jobs, having taken their home for gone: are these still there, under these numbers? Answered by <see cref="Holding"/>,
    /// <see cref="Result"/>, or <see cref="Reject"/> for what is not; repeated until then.
    /// </summary>
    public sealed record Check(EquatableList<JobTransfer> Jobs) : Message;

    /// <summary>To a home: how did these jobs of its end, or tell when they do. Repeated until answered, and now and then after that.</summary>
    public sealed record Await(EquatableList<JobId> Jobs) : Message;

    /// <summary>Answers <see cref="Await"/>, at once and again when a job ends; the end is repeated until acknowledged.</summary>
    public sealed record Ended(EquatableList<JobEnded> Jobs) : Message;

    /// <summary>The ends of these jobs are on the stable storage of those that wait for them, or nobody there waits any more.</summary>
    public sealed record EndedAck(EquatableList<JobId> Jobs) : Message;

    /// <summary>To a home: how far a job of its says that it is. Sent once; a later one makes up for one that is lost.</summary>
    /// <param name="Transfer">The handoff under which the sender has the job.</param>
    public sealed record Progress(JobId Id, TransferNumber Transfer, JobProgress Said) : Message;

    /// <summary>An executor leaves the ring for good, or was removed by an operator. A later start of it is welcome again.</summary>
    public sealed record Leave(ExecutorId Who, Incarnation Incarnation) : Message;
}

/// <summary>A job in an <see cref="Message.Offer"/>.</summary>
/// <param name="Sequence">Counts the offers from this sender's start to this recipient; a repetition keeps its number.</param>
public sealed record OfferedJob(
    JobId Id,
    long Sequence,
    TransferNumber Transfer,
    Attempt Attempt,
    int Crashes,
    bool CancelRequested,
    DateTimeOffset SubmittedAt,
    JobTerms Terms,
    JobContent Content
)
{
    /// <summary>How many failed attempts were followed by another one.</summary>
    public int Retries { get; init; }
}

/// <summary>
/// A result that its home has. The same executor may end the same job again, under a later transfer: an acknowledgement that comes late
/// must not pass for that of the later result.
/// </summary>
/// <param name="Transfer">The transfer that the result was told under; null from a release that did not say.</param>
public readonly record struct ResultReceipt(JobId Id, TransferNumber? Transfer);

/// <summary>A job under the number of one handoff.</summary>
public readonly record struct JobTransfer(JobId Id, TransferNumber Transfer);

/// <summary>A job in a <see cref="Message.Holding"/>.</summary>
/// <param name="Holder">Who has it.</param>
/// <param name="StartedAt">When the attempt that runs now started; null while the job waits.</param>
public readonly record struct HeldJob(
    JobId Id,
    ExecutorId Holder,
    TransferNumber Transfer,
    Attempt Attempt,
    int Crashes,
    DateTimeOffset? StartedAt
);

/// <summary>What a home says of a job that another holds for it.</summary>
/// <param name="Attempt">The attempt that the report was about.</param>
/// <param name="Current">
/// False when the home has the job elsewhere or its result already: a copy that still waits is to be dropped. Always true where the report
/// was about somebody else's copy: the same number may have come back to the reporter by another way.
/// </param>
public readonly record struct JobVerdict(JobId Id, TransferNumber Transfer, Attempt Attempt, bool Current);

/// <summary>A job in a <see cref="Message.Result"/>.</summary>
public sealed record JobResult(
    JobId Id,
    TransferNumber Transfer,
    Attempt Attempt,
    int Crashes,
    DateTimeOffset? StartedAt,
    DateTimeOffset FinishedAt,
    Outcome Outcome
);

/// <summary>A job in a <see cref="Message.Ended"/>.</summary>
public readonly record struct JobEnded(JobId Id, DependencyState State);
