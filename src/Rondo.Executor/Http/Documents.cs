using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rondo.Executor.Http;

/// <summary>A job, as JSON says it.</summary>
internal sealed record JobDocument
{
    public required string Id { get; init; }
    public string? Name { get; init; }
    public string? Group { get; init; }
    public required string Kind { get; init; }
    public string? Handler { get; init; }
    public required string Summary { get; init; }
    public int Priority { get; init; }
    public IReadOnlyDictionary<string, string>? Labels { get; init; }
    public IReadOnlyDictionary<string, string>? Requires { get; init; }
    public int? Index { get; init; }
    public required string State { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? Reason { get; init; }
    public string? Error { get; init; }
    public required string Home { get; init; }
    public required string Holder { get; init; }
    public int Attempt { get; init; }
    public int Crashes { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public int? ExitCode { get; init; }
    public int? Signal { get; init; }

    /// <summary>Null, and left out, when all of it was kept.</summary>
    public long? ResultBytesDropped { get; init; }

    /// <inheritdoc cref="ResultBytesDropped"/>
    public long? ErrorBytesDropped { get; init; }
    public required DateTime SubmittedAt { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public DateTime? StartedAt { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public DateTime? FinishedAt { get; init; }

    /// <summary>Before when its first attempt must not start.</summary>
    public DateTime? StartAt { get; init; }

    /// <summary>When a job that waits for a time goes on.</summary>
    public DateTime? NextAttemptAt { get; init; }
    public string? Timeout { get; init; }
    public string? KillGrace { get; init; }
    public RetriesDocument? Retries { get; init; }
    public string? OnExecutorLoss { get; init; }
    public ProgressDocument? Progress { get; init; }
    public IReadOnlyList<DependencyDocument>? After { get; init; }
    public ConcurrencyDocument? Concurrency { get; init; }
    public string? IdempotencyKey { get; init; }
    public string? Retention { get; init; }
    public string? RetryOf { get; init; }
    public bool CancelRequested { get; init; }

    /// <summary>Null, and left out, in lists.</summary>
    public IReadOnlyList<TrailDocument>? Trail { get; init; }
}

/// <summary>How often a failed job may be tried again, when, after which failures, and how often it was.</summary>
/// <param name="ExitCodes">Null, and left out, when no exit code is named.</param>
/// <param name="Exceptions">Null, and left out, when no exception is named.</param>
internal sealed record RetriesDocument(
    int Max,
    int Used,
    string Backoff,
    double Factor,
    string MaxBackoff,
    double Jitter,
    IReadOnlyList<int>? ExitCodes,
    IReadOnlyList<string>? Exceptions
);

/// <summary>How far a running job says that it is.</summary>
internal sealed record ProgressDocument(double? Percent, string? Text, DateTime At);

/// <summary>A job that must have ended first.</summary>
/// <param name="State">The state in which it ended; null, and left out, while it is not known to have ended.</param>
internal sealed record DependencyDocument(string Id, string When, string? State);

/// <summary>How many jobs of a key may run at the same time.</summary>
internal sealed record ConcurrencyDocument(string Key, int Max);

/// <summary>Why a job waits, or is where it is.</summary>
internal sealed record ExplanationDocument(
    string Id,
    string State,
    string? Reason,
    string Text,
    IReadOnlyList<TrailDocument> Trail,
    IReadOnlyList<FitnessDocument> Executors
);

/// <summary>Whether an executor could run a job now, and what speaks against it, or how busy it is.</summary>
internal sealed record FitnessDocument(string Id, bool CanRun, string Why);

/// <summary>A line of a job's history.</summary>
internal sealed record TrailDocument(DateTime At, string Event, string Executor, string? Detail);

/// <summary>A page of jobs.</summary>
internal sealed record JobListDocument(IReadOnlyList<JobDocument> Jobs, string? NextCursor, IReadOnlyList<string> Unreachable);

/// <summary>The id of a new job; of an array that of its first one, and of all in the order of their indexes.</summary>
/// <param name="Known">True when the idempotency key was given before, and nothing new was made; null, and left out, otherwise.</param>
internal sealed record SubmittedDocument(string Id, IReadOnlyList<string>? Ids = null, bool? Known = null);

/// <summary>A line of a batch that was refused.</summary>
internal sealed record BatchErrorDocument(ProblemDocument Error, int Line);

/// <summary>A problem (RFC 9457).</summary>
/// <param name="Ids">Those jobs of an array that were taken all the same; null, and left out, when there is none.</param>
internal sealed record ProblemDocument(
    string Type,
    string Title,
    int Status,
    string Detail,
    string? Executor = null,
    IReadOnlyList<string>? Ids = null
);

/// <summary>The ring as this executor knows it.</summary>
internal sealed record RingDocument(IReadOnlyList<ExecutorDocument> Executors, TokenDocument Token, int Spread, string Self);

/// <summary>An executor of the ring.</summary>
internal sealed record ExecutorDocument(
    string Id,
    string Name,
    string Address,
    string RingAddress,
    string State,
    int Running,
    int Waiting,
    int Slots,
    long Incarnation
);

/// <summary>The token, as it was last seen.</summary>
internal sealed record TokenDocument(string Generation, long Lap, double? LapMs, double? TravelMs);

/// <summary>The first line of the answer to a line of a batch, as another executor reads it.</summary>
internal sealed record BatchAnswerDocument(string? Id, bool Known, ProblemDocument? Error, string? State = null);

/// <summary>The job of an idempotency key, as executors tell each other; nothing in it when there is none.</summary>
internal sealed record KeyDocument(string? Id, ulong? Digest);

/// <summary>A cron: when, what, and when it fired.</summary>
internal sealed record CronDocument(
    string Name,
    string Cron,
    string TimeZone,
    string Missed,
    JsonElement Job,
    string Home,
    DateTime? NextAt,
    DateTime? LastAt,
    string? LastJob
);

/// <summary>The crons of the ring, and which homes could not be asked.</summary>
internal sealed record CronListDocument(IReadOnlyList<CronDocument> Crons, IReadOnlyList<string> Unreachable);

/// <summary>How many jobs of a group were cancelled, and which homes could not be asked.</summary>
internal sealed record GroupCancelledDocument(long Cancelled, IReadOnlyList<string> Unreachable);

/// <summary>A job of a group that ended, with its result unless that is large.</summary>
internal sealed record GroupResultDocument(
    string Id,
    JobDocument Job,
    string? Result,
    string? ResultBase64,
    long ResultBytes,
    long ResultBytesDropped
);

/// <summary>A job of a group that ended, as executors tell each other for events.</summary>
/// <param name="Place">How far its home has told with it.</param>
internal sealed record GroupEndDocument(string Id, JobDocument Job, string Place);

/// <summary>What became of an executor; of one that is drained, what stays in its data directory all the same.</summary>
internal sealed record ExecutorStateDocument(
    string Id,
    string State,
    int? Waiting = null,
    int? Scheduled = null,
    DateTime? NextAt = null,
    int? Crons = null
);

/// <summary>The JSON of all documents, without reflection.</summary>
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(JobDocument))]
[JsonSerializable(typeof(JobListDocument))]
[JsonSerializable(typeof(ExplanationDocument))]
[JsonSerializable(typeof(SubmittedDocument))]
[JsonSerializable(typeof(BatchErrorDocument))]
[JsonSerializable(typeof(ProblemDocument))]
[JsonSerializable(typeof(RingDocument))]
[JsonSerializable(typeof(ExecutorStateDocument))]
[JsonSerializable(typeof(KeyDocument))]
[JsonSerializable(typeof(KeyDocument[]))]
[JsonSerializable(typeof(string[]))]
[JsonSerializable(typeof(BatchAnswerDocument))]
[JsonSerializable(typeof(CronDocument))]
[JsonSerializable(typeof(CronListDocument))]
[JsonSerializable(typeof(GroupCancelledDocument))]
[JsonSerializable(typeof(GroupResultDocument))]
[JsonSerializable(typeof(GroupEndDocument))]
internal sealed partial class HttpJson : JsonSerializerContext
{
    /// <summary>Escapes only what JSON asks for: the documents are never put into HTML as they are.</summary>
    public static HttpJson Plain { get; } =
        new(
            new JsonSerializerOptions
            {
                PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
                DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
                Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            }
        );
}
