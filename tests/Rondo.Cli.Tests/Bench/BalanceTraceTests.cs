namespace Rondo.Cli.Tests.Bench;

/// <summary>What is told of the balance follows from when and where jobs ran.</summary>
public sealed class BalanceTraceTests
{
    private static readonly DateTimeOffset Zero = DateTimeOffset.UnixEpoch;
    private static readonly string[] Executors = ["a", "b"];

    [Fact]
    public void Measure_TwoJobsOnOneOfTwo_IsTheMeanOverTimeOfTheDifference()
    {
        // Both run on a: spread 1 from 0 s to 2 s, 2 from 2 s to 4 s.
        var (spread, above) = BalanceTrace.Measure([Run(0, 0, 10, "a"), Run(2, 2, 10, "a"), Run(4, 4, 10, "b")], Executors);

        Assert.Equal(1.5, spread);
        Assert.Equal(0.5, above);
    }

    [Fact]
    public void Central_MoreJobsThanSlots_StartsEachWhereFewestRunAndAtTheFirstFreeSlot()
    {
        var central = BalanceTrace.Central([Run(0, 5, 9, "a"), Run(1, 5, 7, "a"), Run(1, 8, 9, "a")], Executors, slots: 1);

        Assert.Equal([Run(0, 0, 4, "a"), Run(1, 1, 3, "b"), Run(1, 3, 4, "b")], central);
    }

    private static BalanceTrace.Run Run(int submitted, int started, int finished, string holder) =>
        new(At(submitted), At(started), At(finished), holder);

    private static DateTimeOffset At(int seconds) => Zero.AddSeconds(seconds);
}
