namespace Rondo.Core;

/// <summary>
/// A durable fact. Everything that must survive a crash is one of these: checked by the core, written by the store, then applied; a
/// restart applies the same records again and comes to the same state.
/// </summary>
public abstract record Record
{
    private Record() { }

    /// <summary>How many bytes of a job's content or output it carries.</summary>
    public long LargeBytes() =>
        this switch
        {
            Accepted accepted => accepted.Content.Size,
            Held held => held.Content.Size,
            Finished finished => finished.Outcome.Output.Size,
            _ => 0,
        };

    /// <summary>A record about one job.</summary>
    public abstract record OfJob(JobId Id, DateTimeOffset At) : Record;

    /// <summary>This executor, the home, accepted the job.</summary>
    public sealed record Accepted(JobId Id, DateTimeOffset At, JobTerms Terms, JobContent Content) : OfJob(Id, At);

    /// <summary>This executor holds the job for its home. A job already held is held on under the higher transfer number.</summary>
    public sealed record Held(
        JobId Id,
        DateTimeOffset At,
        JobTerms Terms,
        JobContent Content,
        DateTimeOffset SubmittedAt,
        ExecutorId From,
        TransferNumber Transfer,
        Attempt Attempt,
        int Crashes,
        bool CancelRequested
    ) : OfJob(Id, At)
    {
        /// <summary>How many failed attempts the home has seen: a result that is kept here from before the latest of them is void.</summary>
        public int Retries { get; init; }
    }

    /// <summary>The job is being handed to another executor, which may or may not have it yet.</summary>
    public sealed record Offered(JobId Id, DateTimeOffset At, ExecutorId To, TransferNumber Transfer, long Lap) : OfJob(Id, At);

    /// <summary>The other executor has the job. At its home the job is away now; anywhere else it is kept, without its content, until the home knows who has it.</summary>
    public sealed record HandedOver(JobId Id, DateTimeOffset At, ExecutorId To, TransferNumber Transfer) : OfJob(Id, At);

    /// <summary>At the home: the executor that has the job said so, with what it did so far.</summary>
    public sealed record Located(
        JobId Id,
        DateTimeOffset At,
        ExecutorId Holder,
        TransferNumber Transfer,
        Attempt Attempt,
        int Crashes,
        DateTimeOffset? StartedAt
    ) : OfJob(Id, At);

    /// <summary>The job waits here again: an offer was refused, the job came home, or its holder is gone.</summary>
    /// <param name="Attempt">Raised when an attempt may have been started elsewhere unseen.</param>
    public sealed record TakenBack(
        JobId Id,
        DateTimeOffset At,
        ExecutorId From,
        TransferNumber Transfer,
        Attempt Attempt,
        int Crashes,
        string Why
    ) : OfJob(Id, At);

    /// <summary>An attempt begins here. Durable before the process starts.</summary>
    public sealed record Started(JobId Id, DateTimeOffset At, Attempt Attempt) : OfJob(Id, At);

    /// <summary>The attempt ended without a result; the job waits again.</summary>
    /// <param name="Crashed">True when the executor crashed, false when it stopped in an orderly way.</param>
    public sealed record Interrupted(JobId Id, DateTimeOffset At, bool Crashed) : OfJob(Id, At);

    /// <summary>At the home: a client asked to cancel the job.</summary>
    public sealed record CancelNoted(JobId Id, DateTimeOffset At) : OfJob(Id, At);

    /// <summary>At the home: a job that this one waits for has ended, or nobody knows it.</summary>
    public sealed record DependencyEnded(JobId Id, DateTimeOffset At, JobId Dependency, DependencyState State) : OfJob(Id, At);

    /// <summary>
    /// The job ended. At its home this is the final record; anywhere else it is kept until the home has it.
    /// </summary>
    /// <param name="By">The executor that ended it.</param>
    public sealed record Finished(
        JobId Id,
        DateTimeOffset At,
        ExecutorId By,
        Attempt Attempt,
        int Crashes,
        DateTimeOffset? StartedAt,
        Outcome Outcome
    ) : OfJob(Id, At);

    /// <summary>
    /// At the home: an attempt failed, here or elsewhere, and another one follows. From here on whatever comes of it is out of date.
    /// </summary>
    /// <param name="By">The executor that made the attempt.</param>
    /// <param name="Transfer">Above all numbers that copies elsewhere may have.</param>
    /// <param name="Backoff">How long the job waits before the next attempt.</param>
    /// <param name="Outcome">How the attempt failed, without its output.</param>
    public sealed record Retried(
        JobId Id,
        DateTimeOffset At,
        ExecutorId By,
        TransferNumber Transfer,
        Attempt Attempt,
        int Crashes,
        DateTimeOffset? StartedAt,
        TimeSpan Backoff,
        Outcome Outcome
    ) : OfJob(Id, At);

    /// <summary>A job held for another home is forgotten: its home has the result, or said that this copy is out of date.</summary>
    public sealed record Dropped(JobId Id, DateTimeOffset At) : OfJob(Id, At);

    /// <summary>This executor made a token of this epoch. Durable before that token is seen by anyone.</summary>
    public sealed record Minted(long Epoch) : Record;

    /// <summary>A member of the ring, or what is new about it; known again after a restart.</summary>
    public sealed record MemberKnown(Member Member) : Record;

    /// <summary>A member left for good, or was removed.</summary>
    public sealed record MemberGone(ExecutorId Id, Incarnation Incarnation) : Record;

    /// <summary>A cron is kept here, or is different now.</summary>
    public sealed record CronKept(Cron Cron) : Record;

    /// <summary>A cron is not kept here any more.</summary>
    public sealed record CronGone(string Name) : Record;
}
