using System.Text.Json.Serialization;

namespace Rondo.Client;

/// <summary>
/// How often, and when, a failed attempt is followed by another: after <see cref="Backoff"/>, then after times that grow by
/// <see cref="Factor"/> up to <see cref="MaxBackoff"/>, each shortened or lengthened by up to <see cref="Jitter"/> of itself.
/// </summary>
/// <remarks>A value that is null is the executor's default. Without exit codes and exceptions every failure is retried, timeouts too.</remarks>
public sealed record RetryPolicy
{
    /// <summary>How many attempts may follow the first: 0 to 10,000.</summary>
    public required int Max { get; init; }

    /// <summary>The pause before the second attempt; 1 second when null.</summary>
    [JsonConverter(typeof(DurationConverter))]
    public TimeSpan? Backoff { get; init; }

    /// <summary>By how much each pause is longer than the one before, 1 to 100; 2 when null.</summary>
    public double? Factor { get; init; }

    /// <summary>The longest pause, no shorter than <see cref="Backoff"/>; 5 minutes when null.</summary>
    [JsonConverter(typeof(DurationConverter))]
    public TimeSpan? MaxBackoff { get; init; }

    /// <summary>From 0 to 1: by which part of itself a pause may differ; 0.2 when null.</summary>
    public double? Jitter { get; init; }

    /// <summary>Only commands that end with one of these, 1 to 255, are retried.</summary>
    public IReadOnlyList<int>? ExitCodes { get; init; }

    /// <summary>Only handlers that throw one of these types, at most 64 names with or without their namespace, are retried.</summary>
    public IReadOnlyList<string>? Exceptions { get; init; }
}
