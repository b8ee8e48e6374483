namespace Rondo.Chaos.Measuring;

/// <summary>How long something took, each time that it was tried.</summary>
internal sealed class Times(string what, double goalMs)
{
    private readonly List<double> _milliseconds = [];

    public string What => what;

    public double GoalMs => goalMs;

    public int Count => _milliseconds.Count;

    public double MedianMs => Percentile(0.5);

    public double P99Ms => Percentile(0.99);

    public void Add(TimeSpan time) => _milliseconds.Add(time.TotalMilliseconds);

    /// <summary>The median so far, for people.</summary>
    public override string ToString() => Count == 0 ? "not yet" : $"{MedianMs:0} ms";

    // Of what was tried at least once.
    private double Percentile(double part)
    {
        var sorted = _milliseconds.Order().ToArray();
        return sorted[Math.Max((int)Math.Ceiling(part * sorted.Length) - 1, 0)];
    }
}
