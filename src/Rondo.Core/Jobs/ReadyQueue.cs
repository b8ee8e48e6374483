namespace Rondo.Core;

/// <summary>The jobs that could start, in the order in which they should: higher priority first, then the older one.</summary>
internal sealed class ReadyQueue
{
    private readonly SortedSet<Job> _jobs = new(Comparer<Job>.Create(static (left, right) => left.CompareTurn(right)));

    public int Count => _jobs.Count;

    public Job? First => _jobs.Min;

    /// <summary>From the one that should start first.</summary>
    public IEnumerable<Job> FromHead => _jobs;

    /// <summary>From the one that should start last.</summary>
    public IEnumerable<Job> FromTail => _jobs.Reverse();

    public void Add(Job job) => _jobs.Add(job);

    public void Remove(Job job) => _jobs.Remove(job);
}
