using Rondo.Core;

namespace Rondo.Simulation;

/// <summary>How often each fault really came: one that never comes tests nothing.</summary>
internal sealed class FaultCounts
{
    private readonly int[] _counts = new int[Enum.GetValues<Fault>().Length];

    public int this[Fault fault] => _counts[(int)fault];

    public void Add(Fault fault) => _counts[(int)fault]++;

    public EquatableList<int> ToList() => new(_counts);

    /// <summary>A line for each fault: how often it came, and in how many runs.</summary>
    /// <returns>The table, and how many faults never came.</returns>
    public static (string Table, int Missing) Describe(IReadOnlyCollection<EquatableList<int>> runs)
    {
        var lines = new List<string>();
        var missing = 0;
        foreach (var fault in Enum.GetValues<Fault>())
        {
            var times = runs.Sum(run => (long)run[(int)fault]);
            var seeds = runs.Count(run => run[(int)fault] > 0);
            missing += times == 0 ? 1 : 0;
            lines.Add($"  {fault, -20} {times, 12:#,0} times in {seeds, 8:#,0} seeds{(times == 0 ? "   NEVER" : "")}");
        }

        return (string.Join('\n', lines), missing);
    }
}
