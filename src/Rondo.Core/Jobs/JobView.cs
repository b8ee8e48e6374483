namespace Rondo.Core;

/// <summary>Where a job is in its life, as clients see it.</summary>
public enum JobState
{
    /// <summary>Accepted, and not to run yet; the reason says what it waits for.</summary>
    Scheduled,

    /// <summary>It could run, and waits for an executor.</summary>
    Waiting,

    /// <summary>An executor runs it.</summary>
    Running,

    /// <summary>It ended well.</summary>
    Succeeded,

    /// <summary>It ended badly; the reason says how.</summary>
    Failed,

    /// <summary>A client cancelled it.</summary>
    Cancelled,
}

/// <summary>One line of a job's history.</summary>
/// <param name="At">When, by the wall clock of the executor that wrote it.</param>
/// <param name="Event">What happened: <c>accepted</c>, <c>offered</c>, <c>moved</c>, <c>started</c>, <c>finished</c>, …</param>
/// <param name="Executor">Where it happened, or where the job went.</param>
/// <param name="Detail">More for people, such as <c>lap 812</c>; null when there is nothing to add.</param>
public sealed record TrailEntry(DateTimeOffset At, string Event, ExecutorId Executor, string? Detail = null);

/// <summary>How far a running job says that it is.</summary>
/// <param name="Percent">0 to 100; null when the job does not say.</param>
/// <param name="Text">A line for people; null when the job does not say.</param>
/// <param name="At">When it said so, by the wall clock of the executor that runs it.</param>
public sealed record JobProgress(double? Percent, string? Text, DateTimeOffset At)
{
    /// <summary>The longest <see cref="Text"/>, in characters.</summary>
    public const int TextMaxLength = 256;
}

/// <summary>All that is known of a job without its content and output: an unchanging picture of one moment.</summary>
public sealed record JobView
{
    /// <summary>The longest trail that is kept, in entries; older ones between the first and the newest are dropped.</summary>
    public const int TrailMaxEntries = 32;

    /// <summary>The job.</summary>
    public required JobId Id { get; init; }

    /// <summary>Its terms.</summary>
    public required JobTerms Terms { get; init; }

    /// <summary>Its state.</summary>
    public required JobState State { get; init; }

    /// <summary>Why it is in this state; null when there is nothing to say.</summary>
    public string? Reason { get; init; }

    /// <summary>A sentence for people; null when there is nothing to add.</summary>
    public string? Error { get; init; }

    /// <summary>Who has it now, or had it last.</summary>
    public required ExecutorId Holder { get; init; }

    /// <summary>The number of its last handoff.</summary>
    public TransferNumber Transfer { get; init; }

    /// <summary>How often it was started.</summary>
    public Attempt Attempt { get; init; }

    /// <summary>How often an executor crashed while it ran.</summary>
    public int Crashes { get; init; }

    /// <inheritdoc cref="Outcome.ExitCode"/>
    public int? ExitCode { get; init; }

    /// <summary>The signal, when one ended the command.</summary>
    public int? Signal { get; init; }

    /// <inheritdoc cref="JobOutput.ResultBytesDropped"/>
    public long ResultBytesDropped { get; init; }

    /// <inheritdoc cref="JobOutput.ErrorBytesDropped"/>
    public long ErrorBytesDropped { get; init; }

    /// <summary>When its home accepted it.</summary>
    public required DateTimeOffset SubmittedAt { get; init; }

    /// <summary>When its last attempt started; null before.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended; null before.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>True once a client asked to cancel it.</summary>
    public bool CancelRequested { get; init; }

    /// <summary>What became of each job of <see cref="JobTerms.After"/>, as far as its home knows.</summary>
    public IReadOnlyList<DependencyState> Dependencies { get; init; } = [];

    /// <summary>Before when its first attempt must not start; null for none.</summary>
    public DateTimeOffset? StartAt { get; init; }

    /// <summary>When a job that waits for a time goes on; null otherwise.</summary>
    public DateTimeOffset? NextAttemptAt { get; init; }

    /// <summary>How many failed attempts were followed by another one.</summary>
    public int RetriesUsed { get; init; }

    /// <summary>What the running attempt said last of how far it is; null when it said nothing. Not kept over a restart.</summary>
    public JobProgress? Progress { get; init; }

    /// <summary>Its history, oldest first.</summary>
    public required IReadOnlyList<TrailEntry> Trail { get; init; }

    /// <summary>True when the state will not change any more.</summary>
    public bool IsFinal => State is JobState.Succeeded or JobState.Failed or JobState.Cancelled;
}
