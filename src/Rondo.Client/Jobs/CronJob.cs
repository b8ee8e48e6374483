using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rondo.Client;

/// <summary>A job that is submitted again and again, at the times that a cron expression names.</summary>
public sealed record CronJob
{
    /// <summary>Its name, unique in the ring.</summary>
    public required string Name { get; init; }

    /// <summary>When, such as <c>0 3 * * *</c>: minute, hour, day, month, weekday.</summary>
    [JsonPropertyName("cron")]
    public required string Expression { get; init; }

    /// <summary>By whose clocks, such as <c>Europe/Berlin</c>.</summary>
    public string? TimeZone { get; init; }

    /// <summary>What becomes of times at which no executor was there: <c>skip</c>, <c>once</c> or <c>all</c>.</summary>
    public string? Missed { get; init; }

    /// <summary>The job, as it was given.</summary>
    public JsonElement? Job { get; init; }

    /// <summary>The executor that keeps it now.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Home { get; init; }

    /// <summary>When it fires next; null when it never does again.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? NextAt { get; init; }

    /// <summary>When it fired last; null before.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? LastAt { get; init; }

    /// <summary>The job that it submitted last.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? LastJob { get; init; }

    /// <summary>As one line of JSON, with the names that the HTTP interface uses.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, ClientJson.Default.CronJob);
}

/// <summary>A cron that is to be kept.</summary>
/// <param name="Cron">When, such as <c>0 3 * * *</c>.</param>
/// <param name="Job">What is submitted each time.</param>
/// <param name="TimeZone">An IANA name such as <c>Europe/Berlin</c>; UTC when null.</param>
/// <param name="Missed"><c>skip</c> (when null), <c>once</c> or <c>all</c>: what becomes of times at which no executor was there.</param>
public sealed record CronRequest(string Cron, JobRequest Job, string? TimeZone = null, string? Missed = null);

/// <summary>The crons of the ring.</summary>
/// <param name="Crons">By name.</param>
/// <param name="Unreachable">Executors whose crons are missing, since they could not be asked.</param>
public sealed record CronList(IReadOnlyList<CronJob> Crons, IReadOnlyList<string>? Unreachable);
