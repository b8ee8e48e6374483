namespace Rondo.Core;

/// <summary>
/// How fast the token goes round. While there are jobs to be moved it is passed on at once; each lap without doubles the pause at every
/// hop: up to some milliseconds while running counts change, up to about one lap a second while nothing does.
/// </summary>
internal static class Pace
{
    /// <summary>Laps with nothing to be moved that still go at full speed.</summary>
    public const int BriskLaps = 2;

    public static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(1);

    /// <summary>The longest pause while jobs wait: the table is quiet, but work is at hand.</summary>
    public static readonly TimeSpan LongestPauseWithWork = TimeSpan.FromMilliseconds(10);

    /// <summary>A lap of an idle ring takes about this long.</summary>
    public static readonly TimeSpan IdleLap = TimeSpan.FromSeconds(1);

    /// <summary>The shortest pause at a hop of an idle ring: with an acknowledgement for each pass it keeps the whole ring at 20 messages a second.</summary>
    public static readonly TimeSpan ShortestIdlePause = TimeSpan.FromMilliseconds(100);

    /// <summary>While running counts change with nothing to be moved, the token goes no faster than after so many quiet laps: at 4 ms a hop.</summary>
    public const int SteadyLaps = 2;

    /// <summary>After so many quiet laps nothing is in a hurry: the last of them took 16 ms a hop.</summary>
    public const int LeisureLaps = 5;

    /// <summary>The hops since something called for a move, after one more that did not.</summary>
    /// <param name="mayMatter">
    /// True when the table changed all the same, in a way that may call for a move before long: it must not get much older than the changes.
    /// </param>
    public static int NextQuietHops(int quietHops, int executors, bool mayMatter) =>
        mayMatter ? Math.Min(quietHops + 1, (BriskLaps + SteadyLaps) * executors) : quietHops + 1;

    /// <summary>The pause before the token is passed on.</summary>
    /// <param name="quietHops">Hops since there was something to be moved.</param>
    /// <param name="executors">How many executors the token visits.</param>
    /// <param name="jobsWait">True when any executor has jobs waiting.</param>
    public static TimeSpan Pause(int quietHops, int executors, bool jobsWait)
    {
        var quietLaps = (quietHops / executors) - BriskLaps;
        if (quietLaps < 0)
        {
            return TimeSpan.Zero;
        }

        var longest = jobsWait ? LongestPauseWithWork : IdlePause(executors);
        var doubled = new TimeSpan(FirstPause.Ticks << Math.Min(quietLaps, 16));
        return doubled > longest ? longest : doubled;
    }

    /// <summary>True once nothing called for a move for so long that what waits can be spread for the time when somebody fails.</summary>
    public static bool IsLeisurely(int quietHops, int executors) => quietHops >= (BriskLaps + LeisureLaps) * executors;

    /// <summary>How long the token stays with whoever hands jobs over, while the others pass it on at once: a lap takes what it takes in an idle ring.</summary>
    public static TimeSpan Rest(int executors) => executors * IdlePause(executors);

    /// <summary>The pause at a hop of an idle ring.</summary>
    public static TimeSpan IdlePause(int executors)
    {
        var share = IdleLap / executors;
        return share > ShortestIdlePause ? share : ShortestIdlePause;
    }
}
