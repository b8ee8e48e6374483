namespace Rondo.Core;

/// <summary>
/// What is to be done outside of the core. An effect is let out only after every record stepped before it is on stable storage; what may
/// leave earlier is in <see cref="StepOutput.Prompt"/>.
/// </summary>
public abstract record Effect
{
    private Effect() { }

    /// <summary>Send a message to a known executor. It may be lost.</summary>
    public sealed record Send(Member To, Message Message) : Effect;

    /// <summary>Send a greeting to an address whose executor is not known yet. It may be lost.</summary>
    public sealed record Greet(string Address, Message.Hello Hello) : Effect;

    /// <summary>Start an attempt; ends with <see cref="Input.RunEnded"/>.</summary>
    public sealed record Start(JobId Id, Attempt Attempt, JobTerms Terms, JobContent Content) : Effect;

    /// <summary>End an attempt before its time; it still ends with <see cref="Input.RunEnded"/>.</summary>
    public sealed record Stop(JobId Id, Attempt Attempt) : Effect;

    /// <summary>
    /// Find out from the store, and if it does not know, from other executors, whether there is a job of this idempotency key; answered
    /// by <see cref="Input.KeyFound"/>.
    /// </summary>
    /// <param name="Elsewhere">The executors that may know.</param>
    public sealed record FindKey(string Key, EquatableList<Member> Elsewhere) : Effect;

    /// <summary>Find out from the store how jobs of this home ended; answered by <see cref="Input.LookedUp"/>.</summary>
    public sealed record LookUp(EquatableList<JobId> Jobs) : Effect;

    /// <summary>Answer a request.</summary>
    public sealed record Reply(RequestId Request, Answer Answer) : Effect;

    /// <summary>Something that an operator would want in the log.</summary>
    public sealed record Note(CoreEvent Event) : Effect;
}

/// <summary>The answer to a request.</summary>
public abstract record Answer
{
    private Answer() { }

    /// <summary>The job is on stable storage under this id.</summary>
    /// <param name="IsKnown">True when it was handed in before, with the same idempotency key.</param>
    public sealed record Submitted(JobId Id, bool IsKnown = false) : Answer;

    /// <summary>The job has to be handed in at another executor, since its key belongs there.</summary>
    public sealed record Elsewhere(Member Owner) : Answer;

    /// <summary>The request needs an executor that does not answer.</summary>
    public sealed record Unreachable(ExecutorId Executor, string Message) : Answer;

    /// <summary>The job of an idempotency key; null when memory knows none, and only the store can tell.</summary>
    public sealed record Key(KeyedJob? Known) : Answer;

    /// <summary>A job that its client follows has ended.</summary>
    public sealed record Ended(JobId Id, Outcome Outcome) : Answer;

    /// <summary>The request was not carried out.</summary>
    /// <param name="Why">A short code.</param>
    /// <param name="Message">A sentence that says what would be right.</param>
    public sealed record Refused(Refusal Why, string Message) : Answer;

    /// <summary>The job as it is now.</summary>
    public sealed record Job(JobView View) : Answer;

    /// <summary>The job is neither unfinished nor among the latest finished ones: the store knows, or there is no such job.</summary>
    public sealed record NotInMemory : Answer;

    /// <summary>A page of jobs, newest first.</summary>
    public sealed record Jobs(IReadOnlyList<JobView> Views) : Answer;

    /// <summary>The crons that are kept here, by name.</summary>
    public sealed record Crons(IReadOnlyList<CronView> Views) : Answer;

    /// <summary>It was done to so many.</summary>
    public sealed record Count(int Number) : Answer;

    /// <summary>Jobs of a group ended.</summary>
    /// <param name="Ids">Which, in order.</param>
    /// <param name="Since">What to ask with for the next ones.</param>
    /// <param name="Missed">True when memory does not reach back so far: only the store tells what ended up to now.</param>
    public sealed record GroupEnded(IReadOnlyList<JobId> Ids, long Since, bool Missed) : Answer;

    /// <summary>The ring as this executor knows it.</summary>
    public sealed record Ring(RingView View) : Answer;

    /// <summary>Nothing is left here that another executor can do.</summary>
    /// <param name="Waiting">Jobs that wait for an executor and that nobody else could take; they stay in its store too.</param>
    /// <param name="Scheduled">
    /// Jobs of this home that wait for a time or for other jobs, and stay in its store. With any the executor remains a member: it is
    /// to be started again on its data.
    /// </param>
    /// <param name="Next">When the first of them is due, by the clock.</param>
    /// <param name="KeptCrons">Crons that nobody could take, and that stay as well.</param>
    public sealed record Drained(int Waiting, int Scheduled, DateTimeOffset? Next, int KeptCrons) : Answer;

    /// <summary>It is done.</summary>
    public sealed record Done : Answer;
}

/// <summary>Why a request was refused.</summary>
public enum Refusal
{
    /// <summary>The executor is draining.</summary>
    Draining,

    /// <summary>The executor has as many unfinished jobs as it can take.</summary>
    Full,

    /// <summary>The idempotency key belongs to another job.</summary>
    KeyConflict,

    /// <summary>The job does not run, as far as this executor knows.</summary>
    NotRunning,

    /// <summary>No such executor.</summary>
    UnknownExecutor,

    /// <summary>The executor is alive and can be drained instead.</summary>
    StillAlive,
}

/// <summary>What an operator would want to read in the log.</summary>
public abstract record CoreEvent
{
    private CoreEvent() { }

    /// <summary>An executor does not answer.</summary>
    public sealed record PeerSuspected(ExecutorId Peer, string Why) : CoreEvent;

    /// <summary>An executor answered: for the first time, or again.</summary>
    public sealed record PeerJoined(Member Peer) : CoreEvent;

    /// <summary>An executor left for good.</summary>
    public sealed record PeerLeft(ExecutorId Peer) : CoreEvent;

    /// <summary>A new token was made here.</summary>
    public sealed record TokenMade(Generation Generation, string Why) : CoreEvent;

    /// <summary>Jobs were handed over.</summary>
    public sealed record HandedOver(ExecutorId To, int Jobs, long Lap) : CoreEvent;

    /// <summary>Jobs were taken back from an executor that is out of the ring.</summary>
    public sealed record Rescued(ExecutorId From, int Jobs) : CoreEvent;

    /// <summary>This executor noticed that it had not run for a while.</summary>
    public sealed record WasPaused(TimeSpan Length) : CoreEvent;
}
