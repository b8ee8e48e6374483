using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Rondo.Client;

/// <summary>A job to be submitted: exactly one of <see cref="Command"/> and <see cref="Handler"/> is given.</summary>
public sealed record JobRequest
{
    /// <summary>A program and its arguments; the program is found on the executor's <c>PATH</c>.</summary>
    public IReadOnlyList<string>? Command { get; init; }

    /// <summary>Environment variables of the command, in addition to the executor's own.</summary>
    public IReadOnlyDictionary<string, string>? Env { get; init; }

    /// <summary>
    /// The directory in which the command runs, on the machine of whichever executor runs it: an absolute path. Without it the command
    /// runs where that executor was started.
    /// </summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>The command's standard input as text; at most one of this and <see cref="StdinBytes"/>.</summary>
    public string? Stdin { get; init; }

    /// <summary>The command's standard input as bytes.</summary>
    [JsonPropertyName("stdinBase64")]
    public byte[]? StdinBytes { get; init; }

    /// <summary>
    /// Opens the command's standard input, in place of <see cref="Stdin"/> and <see cref="StdinBytes"/>: it is read from where its stream
    /// stands to its end and sent as it is read, and never in memory as a whole. Called again when the job has to be handed in again; each stream is disposed of.
    /// </summary>
    [JsonIgnore]
    public Func<Stream>? OpenStdin { get; init; }

    /// <summary>The name of a handler that executors registered.</summary>
    public string? Handler { get; init; }

    /// <summary>The handler's input, any JSON.</summary>
    public JsonElement? Payload { get; init; }

    /// <summary>The handler's input as bytes; at most one of this and <see cref="Payload"/>.</summary>
    [JsonPropertyName("payloadBase64")]
    public byte[]? PayloadBytes { get; init; }

    /// <summary>Opens the handler's input as bytes, in place of <see cref="Payload"/> and <see cref="PayloadBytes"/>, like <see cref="OpenStdin"/>.</summary>
    [JsonIgnore]
    public Func<Stream>? OpenPayload { get; init; }

    /// <summary>A name to find the job by, 1 to 256 characters; need not be unique.</summary>
    public string? Name { get; init; }

    /// <summary>A group to find the job by, 1 to 256 characters.</summary>
    public string? Group { get; init; }

    /// <summary>Higher runs first; from -1000 to 1000, others are refused. 0 when null.</summary>
    public int? Priority { get; init; }

    /// <summary><c>rerun</c> (the default) or <c>fail</c>: what is to be done when the executor of the job ends while it runs, or never returns.</summary>
    public string? OnExecutorLoss { get; init; }

    /// <summary>Words to find the job by: at most 64, keys of up to 64 and values of up to 256 characters.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>Labels that an executor must have to run the job; bounds as those of <see cref="Labels"/>.</summary>
    public IReadOnlyDictionary<string, string>? Requires { get; init; }

    /// <summary>Not to be started before; at most one of this and <see cref="Delay"/>.</summary>
    public DateTimeOffset? StartAt { get; init; }

    /// <summary>Not to be started sooner after it was accepted.</summary>
    [JsonConverter(typeof(DurationConverter))]
    public TimeSpan? Delay { get; init; }

    /// <summary>What is done after a failed attempt; nothing when null.</summary>
    public RetryPolicy? Retries { get; init; }

    /// <summary>How long an attempt may run, at least 1 ms; for ever when null.</summary>
    [JsonConverter(typeof(DurationConverter))]
    public TimeSpan? Timeout { get; init; }

    /// <summary>
    /// How long a command has between SIGTERM and SIGKILL once <see cref="Timeout"/> is over, and a handler until it is given up; 5 seconds when
    /// null. Refused without <see cref="Timeout"/>. A job that is cancelled always has 5 seconds.
    /// </summary>
    [JsonConverter(typeof(DurationConverter))]
    public TimeSpan? KillGrace { get; init; }

    /// <summary>At most 256 characters: the same key with the same job leads to the same id, in the whole ring.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>Jobs that must have ended before: at most 1,000.</summary>
    public IReadOnlyList<JobDependency>? After { get; init; }

    /// <summary>In a batch: what other jobs of the same batch call this one in <see cref="After"/>, as <c>#ref</c>.</summary>
    public string? Ref { get; init; }

    /// <summary>How many jobs of a key may run at the same time.</summary>
    public ConcurrencyLimit? Concurrency { get; init; }

    /// <summary>How long the job is kept after its end, at least 1 second, within the bound of its executor.</summary>
    [JsonConverter(typeof(DurationConverter))]
    public TimeSpan? Retention { get; init; }

    /// <summary>What the command sees as <c>RONDO_INDEX</c>.</summary>
    public int? Index { get; init; }

    /// <summary>Indexes such as <c>1-1000</c>, <c>1-100:2</c> or <c>1,5,9</c>, at most 100,000: one job for each.</summary>
    public string? Array { get; init; }

    /// <summary>A job for a handler; options are added by <c>with</c>.</summary>
    /// <param name="handler">The name of the handler.</param>
    /// <param name="payload">What the handler is given.</param>
    /// <param name="type">How the payload is written.</param>
    public static JobRequest For<T>(string handler, T payload, JsonTypeInfo<T> type) =>
        new() { Handler = handler, Payload = HandlerJobs.ToElement(payload, type) };

    /// <summary>A job for a handler, whose payload is serialized by reflection with camelCase names; options are added by <c>with</c>.</summary>
    /// <param name="handler">The name of the handler.</param>
    /// <param name="payload">What the handler is given.</param>
    [RequiresUnreferencedCode("The payload is serialized by reflection. Use the overload that takes a JsonTypeInfo.")]
    [RequiresDynamicCode("The payload is serialized by reflection. Use the overload that takes a JsonTypeInfo.")]
    public static JobRequest For<T>(string handler, T payload) => new() { Handler = handler, Payload = HandlerJobs.ToElement(payload) };

    /// <summary>The job as the HTTP interface takes it, without what was not given.</summary>
    /// <exception cref="InvalidOperationException">Its input is a stream, which is only read when the job is submitted.</exception>
    public string ToJson() =>
        HasStream
            ? throw new InvalidOperationException("the job's input is a stream, which is only read when the job is submitted")
            : JsonSerializer.Serialize(this, RequestJson.Default.JobRequest);

    /// <summary>True when its input is only read as it is sent.</summary>
    internal bool HasStream => OpenStdin is not null || OpenPayload is not null;
}

/// <summary>What came of one job of a batch: an id, or the problem that kept it from being accepted.</summary>
/// <param name="Id">The id; null when it was refused.</param>
/// <param name="Problem">Why it was refused; null when it was accepted.</param>
public sealed record SubmitOutcome(string? Id, RondoException? Problem)
{
    /// <summary>
    /// The ids of an array's jobs, in the order of their indexes; null for a single job. With a <see cref="Problem"/>, those of its jobs
    /// that were accepted all the same.
    /// </summary>
    public IReadOnlyList<string>? Ids { get; init; }
}

/// <summary>Which jobs a list shows; without any condition, all of them.</summary>
public sealed record JobQuery
{
    /// <summary>Only jobs in this state.</summary>
    public JobState? State { get; init; }

    /// <summary>Only jobs with this name.</summary>
    public string? Name { get; init; }

    /// <summary>Only jobs of this group.</summary>
    public string? Group { get; init; }

    /// <summary>Only jobs with all of these labels.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>Only jobs that were submitted at this time or later.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>How many jobs a page has at most: 1 to 1,000.</summary>
    public int PageSize { get; init; } = 50;
}

/// <summary>A part of a list of jobs, newest first.</summary>
/// <param name="Jobs">The jobs, without their trails.</param>
/// <param name="NextCursor">Where the next page begins; null at the end.</param>
/// <param name="Unreachable">Executors whose jobs are missing, since they could not be asked.</param>
public sealed record JobPage(IReadOnlyList<Job> Jobs, string? NextCursor, IReadOnlyList<string>? Unreachable);
