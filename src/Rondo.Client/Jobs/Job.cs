using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rondo.Client;

/// <summary>What a ring knows of a job, without its content and output: a picture of one moment.</summary>
public sealed record Job
{
    /// <summary>The id, such as <c>k7q2-42</c>.</summary>
    public required string Id { get; init; }

    /// <summary>The name that the client gave.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Name { get; init; }

    /// <summary>The group that the client gave.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Group { get; init; }

    /// <summary><c>command</c> or <c>handler</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Kind { get; init; }

    /// <summary>The handler's name; null for a command.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Handler { get; init; }

    /// <summary>A short text for lists: the command line, quoted as a shell takes it, or the handler's name; at most 200 characters.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Summary { get; init; }

    /// <summary>Higher runs first.</summary>
    public int Priority { get; init; }

    /// <summary>Its state.</summary>
    public required JobState State { get; init; }

    /// <summary>Why it is in this state, such as <c>exit_code</c>; null when there is nothing to say.</summary>
    public string? Reason { get; init; }

    /// <summary>A sentence for people; null when there is nothing to add.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Error { get; init; }

    /// <summary>The executor that accepted it and answers for it.</summary>
    public string? Home { get; init; }

    /// <summary>The executor that has it now, or had it last.</summary>
    public string? Holder { get; init; }

    /// <summary>
    /// How often it was started; 0 before. More than 1 when a failed attempt was tried again, or an executor stopped or crashed while it ran.
    /// </summary>
    public int Attempt { get; init; }

    /// <summary>How often an executor crashed while it ran.</summary>
    public int Crashes { get; init; }

    /// <summary>The exit code, when the command exited by itself; 127 when there is no such program, 126 when it cannot be executed, as shells say it.</summary>
    public int? ExitCode { get; init; }

    /// <summary>The signal, when one ended the command.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Signal { get; init; }

    /// <summary>Bytes of standard output beyond the executor's bound for outputs, or without room on its disk, which were not kept; 0 when all of it was.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long ResultBytesDropped { get; init; }

    /// <summary>Bytes of standard error beyond the executor's bound for outputs, or without room on its disk, which were not kept; 0 when all of it was.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long ErrorBytesDropped { get; init; }

    /// <summary>When its home accepted it.</summary>
    public DateTimeOffset SubmittedAt { get; init; }

    /// <summary>When its last attempt started; null before.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended; null before.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>True once a client asked to cancel it.</summary>
    public bool CancelRequested { get; init; }

    /// <summary>Words to find the job by.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>Labels that an executor must have to run it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string>? Requires { get; init; }

    /// <summary>What its command sees as <c>RONDO_INDEX</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Index { get; init; }

    /// <summary>Not to be started before; null when nothing was said.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? StartAt { get; init; }

    /// <summary>When its next attempt is due; null unless it waits for one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? NextAttemptAt { get; init; }

    /// <summary>How long an attempt may run.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonConverter(typeof(DurationConverter))]
    public TimeSpan? Timeout { get; init; }

    /// <summary>How long a command has between SIGTERM and SIGKILL once <see cref="Timeout"/> is over; null without one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonConverter(typeof(DurationConverter))]
    public TimeSpan? KillGrace { get; init; }

    /// <summary>How many attempts may follow the first, and how many did; null without retries.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JobRetries? Retries { get; init; }

    /// <summary><c>fail</c> when it does not run again once the executor that ran it ended; null when it does.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? OnExecutorLoss { get; init; }

    /// <summary>What the job itself said last of how far it is.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JobProgress? Progress { get; init; }

    /// <summary>Jobs that must have ended before.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<JobDependency>? After { get; init; }

    /// <summary>How many jobs of a key may run at the same time.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ConcurrencyLimit? Concurrency { get; init; }

    /// <summary>The key that it was submitted with.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? IdempotencyKey { get; init; }

    /// <summary>How long it is kept after its end.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonConverter(typeof(DurationConverter))]
    public TimeSpan? Retention { get; init; }

    /// <summary>The job that it repeats.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? RetryOf { get; init; }

    /// <summary>Its history, oldest first; null in lists.</summary>
    public IReadOnlyList<TrailEntry>? Trail { get; init; }

    /// <summary>True when the state will not change any more.</summary>
    [JsonIgnore]
    public bool IsFinal => State is JobState.Succeeded or JobState.Failed or JobState.Cancelled;

    /// <summary>The job as one line of JSON, with the names that the HTTP interface uses.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, ClientJson.Readable.Job);
}

/// <summary>One line of a job's history.</summary>
/// <param name="At">When, by the wall clock of the executor that wrote it.</param>
/// <param name="Event">What happened, such as <c>accepted</c>, <c>started</c> or <c>finished</c>.</param>
/// <param name="Executor">Where it happened, or where the job went.</param>
/// <param name="Detail">More for people; null when there is nothing to add.</param>
public sealed record TrailEntry(
    DateTimeOffset At,
    string Event,
    string? Executor,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Detail = null
);

/// <summary>The retries of a job.</summary>
/// <param name="Max">How many attempts may follow the first.</param>
/// <param name="Used">How many did.</param>
public sealed record JobRetries(int Max, int Used)
{
    /// <summary>The pause before the second attempt; null when an executor of an earlier release does not say.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonConverter(typeof(DurationConverter))]
    public TimeSpan? Backoff { get; init; }

    /// <summary>By how much each pause is longer than the one before; null when it is not said.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Factor { get; init; }

    /// <summary>The longest pause; null when it is not said.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonConverter(typeof(DurationConverter))]
    public TimeSpan? MaxBackoff { get; init; }

    /// <summary>By which part of itself a pause may differ, from 0 to 1; null when it is not said.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Jitter { get; init; }

    /// <summary>Only commands that end with one of these are tried again; null when none is named.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<int>? ExitCodes { get; init; }

    /// <summary>Only handlers that throw one of these types are tried again; null when none is named.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Exceptions { get; init; }
}

/// <summary>How far a job is, by its own word.</summary>
/// <param name="Percent">From 0 to 100.</param>
/// <param name="Text">A line for people.</param>
/// <param name="At">When it was said.</param>
public sealed record JobProgress(double? Percent, string? Text, DateTimeOffset? At);
