using System.Globalization;

namespace Rondo.Storage.Benchmarks;

/// <summary>Times of one thing done many times, and what the process spent meanwhile.</summary>
internal sealed class Figures
{
    private readonly List<double> _microseconds = [];

    public void Add(TimeSpan time) => _microseconds.Add(time.TotalMicroseconds);

    public string Percentile(double share)
    {
        var sorted = _microseconds.Order().ToArray();
        return Micro(sorted[(int)Math.Min(sorted.Length * share, sorted.Length - 1)]);
    }

    public static string Micro(double microseconds) =>
        microseconds < 1000 ? Invariant($"{microseconds:0} µs") : Invariant($"{microseconds / 1000:0.0} ms");

    public static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    public override string ToString() => $"median {Percentile(0.5)}, 99 % {Percentile(0.99)}, max {Percentile(1)}";
}
