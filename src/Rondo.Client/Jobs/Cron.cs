using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rondo.Client;

/// <summary>A job that is handed in again and again: once at each time, however many executors the ring has.</summary>
public sealed record CronRequest
{
    /// <summary>When, as five fields of cron, or six with seconds first: <c>0 3 * * *</c> is every night at three.</summary>
    [JsonPropertyName("cron")]
    public required string Schedule { get; init; }

    /// <summary>The time zone that the times are meant in, such as <c>Europe/Berlin</c>; UTC when null.</summary>
    public string? TimeZone { get; init; }

    /// <summary>What is done about times that went by while no executor was there: <c>skip</c> (when null), <c>once</c> or <c>all</c>.</summary>
    public string? Missed { get; init; }

    /// <summary>What is handed in.</summary>
    public required JobRequest Job { get; init; }
}

/// <summary>A cron as the ring keeps it.</summary>
public sealed record Cron
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>When, as fields of cron.</summary>
    [JsonPropertyName("cron")]
    public required string Schedule { get; init; }

    /// <summary>The time zone that the times are meant in.</summary>
    public string? TimeZone { get; init; }

    /// <summary>What is done about times that went by while no executor was there.</summary>
    public string? Missed { get; init; }

    /// <summary>What is handed in, as JSON.</summary>
    public JsonElement Job { get; init; }

    /// <summary>The executor that keeps it now.</summary>
    public string? Home { get; init; }

    /// <summary>When it is due next; null for never.</summary>
    public DateTimeOffset? NextAt { get; init; }

    /// <summary>When it fired last; null for never.</summary>
    public DateTimeOffset? LastAt { get; init; }

    /// <summary>The id of the job that it handed in last.</summary>
    public string? LastJob { get; init; }

    /// <summary>As one line of JSON, with the names that the HTTP interface uses.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, ClientJson.Readable.Cron);
}

/// <summary>The crons of a ring.</summary>
/// <param name="Crons">By name.</param>
/// <param name="Unreachable">Executors whose crons are missing, since they could not be asked.</param>
public sealed record CronList(IReadOnlyList<Cron> Crons, IReadOnlyList<string>? Unreachable);
