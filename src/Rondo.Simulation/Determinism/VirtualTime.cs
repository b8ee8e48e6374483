namespace Rondo.Simulation;

/// <summary>Virtual time is counted in ticks of 100 ns, as <see cref="TimeSpan"/> does.</summary>
internal static class VirtualTime
{
    public const long Microsecond = TimeSpan.TicksPerMicrosecond;
    public const long Millisecond = TimeSpan.TicksPerMillisecond;
    public const long Second = TimeSpan.TicksPerSecond;

    public static string Text(long time) => new TimeSpan(time).TotalSeconds.ToString("000.000000");
}
