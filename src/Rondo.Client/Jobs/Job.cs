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

    /// <summary>A short text for lists: the command line or the handler's name.</summary>
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

    /// <summary>How often it was started: more than 1 when an executor crashed while it ran.</summary>
    public int Attempt { get; init; }

    /// <summary>How often an executor crashed while it ran.</summary>
    public int Crashes { get; init; }

    /// <summary>The exit code, when the command exited by itself.</summary>
    public int? ExitCode { get; init; }

    /// <summary>The signal, when one ended the command.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Signal { get; init; }

    /// <summary>When its home accepted it.</summary>
    public DateTimeOffset SubmittedAt { get; init; }

    /// <summary>When its last attempt started; null before.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended; null before.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>True once a client asked to cancel it.</summary>
    public bool CancelRequested { get; init; }

    /// <summary>Its history, oldest first; null in lists.</summary>
    public IReadOnlyList<TrailEntry>? Trail { get; init; }

    /// <summary>True when the state will not change any more.</summary>
    [JsonIgnore]
    public bool IsFinal => State is JobState.Succeeded or JobState.Failed or JobState.Cancelled;

    /// <summary>The job as one line of JSON, with the names that the HTTP interface uses.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, ClientJson.Default.Job);
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
