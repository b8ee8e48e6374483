namespace Rondo.Cli;

/// <summary>Durations as people read them.</summary>
internal static class Durations
{
    /// <summary>A duration in about three characters of meaning: <c>84ms</c>, <c>3.2s</c>, <c>4m12s</c>, <c>3h05m</c>, <c>2d4h</c>.</summary>
    public static string Format(TimeSpan duration) =>
        duration.TotalSeconds switch
        {
            < 0 => "0ms",
            < 1 => $"{(int)duration.TotalMilliseconds}ms",
            < 10 => $"{Math.Floor(duration.TotalSeconds * 10) / 10:0.0}s",
            < 60 => $"{(int)duration.TotalSeconds}s",
            < 3600 => $"{duration.Minutes}m{duration.Seconds:00}s",
            < 86400 => $"{duration.Hours}h{duration.Minutes:00}m",
            _ => $"{duration.Days}d{duration.Hours}h",
        };
}
