namespace Rondo.Core;

/// <summary>What can happen to an executor. Each is stepped into <see cref="ExecutorCore"/> by the one loop that owns it.</summary>
public abstract record Input
{
    private Input() { }

    /// <summary>The time that <see cref="ExecutorCore.NextDeadline"/> named has come.</summary>
    public sealed record Tick : Input
    {
        /// <summary>The only one that is needed.</summary>
        public static Tick Instance { get; } = new();
    }

    /// <summary>
    /// A client hands in a job. Answered by <see cref="Answer.Submitted"/>, <see cref="Answer.Elsewhere"/>, <see cref="Answer.Unreachable"/>
    /// or <see cref="Answer.Refused"/>.
    /// </summary>
    /// <param name="Follow">True to be answered a second time, by <see cref="Answer.Ended"/>, unless this executor stops before.</param>
    public sealed record Submit(RequestId Request, JobTerms Terms, JobContent Content, bool Follow = false) : Input
    {
        /// <summary>True for a job whose idempotency key concerns this home alone: only a concurrency key may give it another one.</summary>
        public bool AtHome { get; init; }
    }

    /// <summary>A client asks for a job of this home or held here. Answered at once by <see cref="Answer.Job"/> or <see cref="Answer.NotInMemory"/>.</summary>
    public sealed record Query(RequestId Request, JobId Id) : Input;

    /// <summary>
    /// A client waits for a job of this home. Answered by <see cref="Answer.Job"/> once the job differs from what the client knows, or by
    /// <see cref="Answer.NotInMemory"/>.
    /// </summary>
    /// <param name="Known">What the client saw last; null to be answered only when the job is final.</param>
    public sealed record Watch(RequestId Request, JobId Id, WatchedState? Known) : Input;

    /// <summary>The client does not wait any more.</summary>
    public sealed record Unwatch(RequestId Request, JobId Id) : Input;

    /// <summary>A client asks for the unfinished jobs of this home, newest first. Answered by <see cref="Answer.Jobs"/>.</summary>
    /// <param name="Below">Only numbers lower than this; <see cref="long.MaxValue"/> for all.</param>
    /// <param name="Limit">How many at most.</param>
    /// <param name="State">Only jobs in this state; null for all.</param>
    public sealed record List(RequestId Request, long Below, int Limit, JobState? State, string? Name, string? Group) : Input
    {
        /// <summary>Only jobs that have all of these.</summary>
        public EquatableList<Label> Labels { get; init; } = EquatableList<Label>.Empty;
    }

    /// <summary>A client cancels a job of this home. Answered by <see cref="Answer.Job"/>, durably noted, or <see cref="Answer.NotInMemory"/>.</summary>
    public sealed record Cancel(RequestId Request, JobId Id) : Input;

    /// <summary>A client cancels unfinished jobs of this home that are of a group. Answered by <see cref="Answer.Count"/>, durably noted.</summary>
    /// <param name="Limit">How many at most; as many cancelled means that there may be more.</param>
    public sealed record CancelGroup(RequestId Request, string Group, int Limit) : Input;

    /// <summary>
    /// A client waits for jobs of this home that are of a group to end. Answered by <see cref="Answer.GroupEnded"/>, once there is one or
    /// when too many have ended to tell which.
    /// </summary>
    /// <param name="Since">The count of the last answer; -1 to hear what to begin with.</param>
    public sealed record WatchGroup(RequestId Request, string Group, long Since) : Input;

    /// <summary>The client does not wait any more.</summary>
    public sealed record UnwatchGroup(RequestId Request, string Group) : Input;

    /// <summary>
    /// Keeps a cron here, also in place of another one of its name; a copy takes the place of no cron that is kept here itself, and is
    /// not kept when the ring does not have its home. Answered by
    /// <see cref="Answer.Done"/>.
    /// </summary>
    public sealed record SetCron(RequestId Request, Cron Cron) : Input;

    /// <summary>Forgets a cron, or a copy of one. Answered by <see cref="Answer.Count"/>: 0 when there was none.</summary>
    /// <param name="CopyOf">Whose copy is meant; null for a cron that is kept here itself.</param>
    public sealed record RemoveCron(RequestId Request, string Name, ExecutorId? CopyOf = null) : Input;

    /// <summary>Asks for the crons that are kept here, copies of others' among them. Answered by <see cref="Answer.Crons"/>.</summary>
    public sealed record QueryCrons(RequestId Request) : Input;

    /// <summary>Scheduled times of a cron were dealt with; changes nothing when its definition is another one by now. Answered by <see cref="Answer.Done"/>.</summary>
    public sealed record AdvanceCron(RequestId Request, Cron Cron) : Input;

    /// <summary>
    /// A job says how far it is: to the executor that runs it, or to its home. Answered by <see cref="Answer.Done"/> or
    /// <see cref="Answer.Refused"/> when there is a request.
    /// </summary>
    /// <param name="Attempt">The attempt that says it; null when it is not known.</param>
    public sealed record Progress(RequestId? Request, JobId Id, Attempt? Attempt, double? Percent, string? Text) : Input;

    /// <summary>A client asks for the ring. Answered by <see cref="Answer.Ring"/>.</summary>
    public sealed record QueryRing(RequestId Request) : Input;

    /// <summary>A message came from another executor.</summary>
    public sealed record Received(ExecutorId From, Message Message) : Input;

    /// <summary>The connection to an executor broke, or could not be made: it is not there now.</summary>
    public sealed record LinkBroken(ExecutorId Peer) : Input;

    /// <summary>
    /// A large message is on its way to an executor or from it, and gets on: it is there, though it acknowledges what it is sent only after
    /// that. Said again and again for as long as it is so.
    /// </summary>
    public sealed record Transferring(ExecutorId Peer) : Input;

    /// <summary>Answers <see cref="Effect.FindKey"/>.</summary>
    /// <param name="Known">The job of this key; null when there is none, or none is known yet.</param>
    /// <param name="Unreachable">An executor that may have such a job and does not answer; null when all did.</param>
    public sealed record KeyFound(string Key, KeyedJob? Known, ExecutorId? Unreachable = null) : Input;

    /// <summary>Another executor asks for the job of an idempotency key. Answered by <see cref="Answer.Key"/>.</summary>
    public sealed record QueryKey(RequestId Request, string Key) : Input;

    /// <summary>Answers <see cref="Effect.LookUp"/>: how the jobs ended, as the store has it.</summary>
    public sealed record LookedUp(EquatableList<JobEnded> Jobs) : Input;

    /// <summary>An attempt that the core started has ended.</summary>
    /// <param name="Interrupted">
    /// True when this executor ended it because it stops: the job runs again later. With the reason <see cref="Reasons.CannotStart"/> it had not begun.
    /// </param>
    public sealed record RunEnded(JobId Id, Attempt Attempt, Outcome Outcome, bool Interrupted) : Input;

    /// <summary>
    /// Take no new jobs and hand over those that wait for an executor, and the crons; answered by <see cref="Answer.Drained"/> once
    /// nothing runs here, waits for an executor that could be had, or has a result that its home does not have.
    /// </summary>
    public sealed record Drain(RequestId Request) : Input;

    /// <summary>
    /// This executor is about to stop, to come back later: from now on it takes and starts no jobs, and hands over those that wait.
    /// Answered by <see cref="Answer.Done"/> once none waits that another executor which answers can take.
    /// </summary>
    public sealed record Quiesce(RequestId Request) : Input;

    /// <summary>How much room the disk has for jobs and crons. From then on the core counts down what it takes in, and refuses what finds none.</summary>
    /// <param name="Bytes">Of contents, and <see cref="Core.Room.RestBytes"/> for each.</param>
    /// <param name="Message">What those are told that find none.</param>
    public sealed record Room(long Bytes, string Message) : Input;

    /// <summary>An operator removes an executor that will never return. Answered by <see cref="Answer.Done"/> or <see cref="Answer.Refused"/>.</summary>
    public sealed record Remove(RequestId Request, ExecutorId Id) : Input;
}

/// <summary>What a watching client knows of a job; when it is different now, the client is told.</summary>
public readonly record struct WatchedState(JobState State, ExecutorId Holder, Attempt Attempt, JobProgress? Progress = null)
{
    /// <summary>What is to be seen of a job now.</summary>
    public static WatchedState Of(JobView job) => new(job.State, job.Holder, job.Attempt, job.Progress);
}
