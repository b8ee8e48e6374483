using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rondo.Client;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Job))]
[JsonSerializable(typeof(JobPage))]
[JsonSerializable(typeof(RingStatus))]
[JsonSerializable(typeof(RingExecutor))]
[JsonSerializable(typeof(JobExplanation))]
[JsonSerializable(typeof(GroupCancellation))]
[JsonSerializable(typeof(GroupResult))]
[JsonSerializable(typeof(Cron))]
[JsonSerializable(typeof(CronList))]
[JsonSerializable(typeof(IdAnswer))]
[JsonSerializable(typeof(BatchAnswer))]
[JsonSerializable(typeof(ExecutorAnswer))]
[JsonSerializable(typeof(Problem))]
internal sealed partial class ClientJson : JsonSerializerContext
{
    /// <summary>For people too: an umlaut is written as one.</summary>
    public static ClientJson Readable =>
        field ??= new(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}

/// <summary>What is sent leaves out what was not given: an executor refuses fields that make no sense together.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(JobRequest))]
[JsonSerializable(typeof(CronRequest))]
internal sealed partial class RequestJson : JsonSerializerContext;

internal sealed record IdAnswer(string? Id, IReadOnlyList<string>? Ids);

internal sealed record ExecutorAnswer(string? State, int Waiting, int Scheduled, DateTimeOffset? NextAt, int Crons);

internal sealed record BatchAnswer(string? Id, IReadOnlyList<string>? Ids, Problem? Error);

internal sealed record Problem(
    string? Type,
    string? Title,
    int? Status,
    string? Detail,
    string? Executor,
    IReadOnlyList<string>? Ids = null
)
{
    public RondoException ToException(TimeSpan? retryAfter = null) =>
        new(Detail ?? Title ?? Type ?? "the executor refused without a reason")
        {
            Type = Type,
            Status = (System.Net.HttpStatusCode?)Status,
            Detail = Detail,
            Executor = Executor,
            RetryAfter = retryAfter,
        };
}
