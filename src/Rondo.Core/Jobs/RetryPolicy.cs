namespace Rondo.Core;

/// <summary>Whether and when an attempt that failed is followed by another one.</summary>
public sealed record RetryPolicy
{
    private const int SignalBase = 128; // As shells say it.
    private const double LongestMs = 1e12; // Some thirty years: what times can hold.

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

    /// <summary>True when an attempt that ended so is one to follow with another, as long as there are retries left.</summary>
    public bool Covers(Outcome outcome)
    {
        var any = ExitCodes.Count + Exceptions.Count == 0;
        return outcome.End == JobEnd.Failed
            && outcome.Reason switch
            {
                Reasons.Timeout => true,
                Reasons.ExitCode or Reasons.CannotStart => any || (outcome.ExitCode is { } code && ExitCodes.Contains(code)),
                Reasons.Signal => any || (outcome.Signal is { } signal && ExitCodes.Contains(SignalBase + signal)),
                Reasons.HandlerError => any || (outcome.Exception is { } type && Exceptions.Any(name => IsName(name, type))),
                // The ring gave the job up: it would do so again.
                _ => false,
            };
    }

    /// <summary>
    /// How long to wait before the next attempt: exponential backoff with jitter, a pure function of the job and its failed attempt, so
    /// that whoever works it out comes to the same.
    /// </summary>
    /// <param name="retry">Which retry it is, from 1.</param>
    public TimeSpan BackoffOf(JobId id, Attempt failed, int retry)
    {
        // Bounded before it is multiplied: no time at all, infinitely often, would be no number.
        var grown = Backoff.TotalMilliseconds * Math.Min(Math.Pow(Factor, retry - 1), LongestMs);
        var wait = Math.Min(grown, MaxBackoff.TotalMilliseconds) * (1 + (Jitter * Swing(id, failed)));
        return TimeSpan.FromMilliseconds(Math.Round(Math.Min(wait, LongestMs)));
    }

    private static bool IsName(string name, string type) =>
        type == name
        || (type.Length > name.Length && type.EndsWith(name, StringComparison.Ordinal) && type[^(name.Length + 1)] is '.' or '+');

    /// <summary>A number from -1 to 1 that looks random: the finalizer of SplitMix64 (Steele, Lea, Flood 2014) over what tells attempts apart.</summary>
    private static double Swing(JobId id, Attempt failed)
    {
        var mixed = 0UL;
        foreach (var character in id.Home.ToString())
        {
            mixed = Mix(mixed + character);
        }

        mixed = Mix(mixed + (ulong)id.Number);
        mixed = Mix(mixed + (ulong)failed.Value);
        return ((mixed >> 11) * (2.0 / (1UL << 53))) - 1;
    }

    private static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
