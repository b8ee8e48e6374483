using HdrHistogram;

namespace Rondo.Cli;

/// <summary>What a measurement found: names with values, in the order in which they are shown.</summary>
internal sealed class Figures(string scenario)
{
    private readonly List<Figure> _all = [];

    public IReadOnlyList<Figure> All => _all;

    public string Scenario => scenario;

    /// <summary>Adds a value.</summary>
    /// <param name="unit">Empty for a plain number.</param>
    public void Add(string name, double value, string unit = "") => _all.Add(new Figure(name, value, unit));

    /// <summary>Adds what the distribution of some times is, in microseconds.</summary>
    public void Add(string name, HistogramBase nanoseconds)
    {
        foreach (var (part, percentile) in ((string, double)[])[("median", 50), ("p90", 90), ("p99", 99), ("max", 100)])
        {
            Add($"{name}_{part}", nanoseconds.GetValueAtPercentile(percentile) / 1e3, "us");
        }
    }

    public double this[string name] => _all.Single(figure => figure.Name == name).Value;

    /// <summary>An empty distribution of times in nanoseconds, up to a minute, to three digits.</summary>
    public static LongHistogram Times() => new(60_000_000_000, 3);
}

/// <summary>One value of a measurement.</summary>
internal readonly record struct Figure(string Name, double Value, string Unit);
