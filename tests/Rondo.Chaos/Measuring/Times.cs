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

    private double Percentile(double part)
    {
        if (_milliseconds.Count == 0)
        {
            return double.NaN;
        }

        var sorted = _milliseconds.Order().ToArray();
        return sorted[Math.Max((int)Math.Ceiling(part * sorted.Length) - 1, 0)];
    }
}
