namespace Rondo.Core;

/// <summary>Whether and when an attempt that failed is followed by another one.</summary>
public sealed record RetryPolicy
{
    /// <summary>The most failed attempts that are followed by another one.</summary>
    public required int Max { get; init; }

    /// <summary>How long the first retry waits.</summary>
    public TimeSpan Backoff { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Each further retry waits so many times as long as the one before it; at least 1.</summary>
    public double Factor { get; init; } = 2;

    /// <summary>No retry waits longer than this, jitter aside.</summary>
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>By what part of itself a wait is lengthened or shortened at most, from 0 to 1, so that jobs that failed together do not come back together.</summary>
    public double Jitter { get; init; } = 0.2;

    /// <summary>Only these exit codes are retried, 128 + n standing for the signal n; all when this and <see cref="Exceptions"/> are empty.</summary>
    public EquatableList<int> ExitCodes { get; init; } = EquatableList<int>.Empty;

    /// <summary>Only these exceptions of handlers are retried, named in full or without their namespace.</summary>
    public EquatableList<string> Exceptions { get; init; } = EquatableList<string>.Empty;
}
