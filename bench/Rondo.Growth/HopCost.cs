namespace Rondo.Growth;

/// <summary>What a hop of the token takes in a ring of n executors: a fixed part, and one for each row of its table.</summary>
/// <param name="Fixed">Network, wake-up of the receiver, acknowledgement: does not depend on the ring.</param>
/// <param name="PerRow">Reading, working out and writing one row of the table, and its way over the wire.</param>
internal readonly record struct HopCost(TimeSpan Fixed, TimeSpan PerRow)
{
    public TimeSpan Hop(int executors) => Fixed + (PerRow * executors);

    public TimeSpan Lap(int executors) => Hop(executors) * executors;

    /// <summary>The largest ring whose lap keeps within a limit.</summary>
    public int LargestWithin(TimeSpan lap)
    {
        var (a, b) = (Fixed.TotalSeconds, PerRow.TotalSeconds);
        return (int)((-a + Math.Sqrt((a * a) + (4 * b * lap.TotalSeconds))) / (2 * b));
    }

    /// <summary>The line through the computing times measured at several sizes, by least squares; <paramref name="network"/> comes on top.</summary>
    public static HopCost Fit(IReadOnlyList<(int Executors, TimeSpan Computing)> measured, TimeSpan network)
    {
        var meanSize = measured.Average(point => point.Executors);
        var meanTime = measured.Average(point => point.Computing.TotalSeconds);
        var slope =
            measured.Sum(point => (point.Executors - meanSize) * (point.Computing.TotalSeconds - meanTime))
            / measured.Sum(point => Math.Pow(point.Executors - meanSize, 2));
        return new HopCost(
            network + TimeSpan.FromSeconds(Math.Max(0, meanTime - (slope * meanSize))),
            TimeSpan.FromTicks(Math.Max(1, (long)(slope * TimeSpan.TicksPerSecond)))
        );
    }
}
