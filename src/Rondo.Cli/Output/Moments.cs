namespace Rondo.Cli;

/// <summary>Moments for people: exact in UTC, and seen from now.</summary>
internal static class Moments
{
    public static string Stamp(DateTimeOffset at) => at.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss.fff'Z'");

    /// <summary><c>in 3h05m</c> or <c>3h05m ago</c>.</summary>
    public static string Relative(DateTimeOffset now, DateTimeOffset then) =>
        then > now ? $"in {Durations.Format(then - now)}" : $"{Durations.Format(now - then)} ago";
}
