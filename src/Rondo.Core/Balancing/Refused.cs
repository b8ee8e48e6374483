namespace Rondo.Core;

/// <summary>
/// The kinds of jobs that none of the executors in question can take. Jobs that ask for the same mostly wait together, by the thousand:
/// one look is enough for all of them.
/// </summary>
internal sealed class Refused
{
    /// <summary>Of more kinds each job is looked at.</summary>
    private const int MaxKinds = 16;

    private readonly List<Job> _kinds = [];

    public void Add(Job job)
    {
        if (_kinds.Count < MaxKinds)
        {
            _kinds.Add(job);
        }
    }

    public bool Contains(Job job)
    {
        foreach (var kind in _kinds)
        {
            // Who misses a job's home cannot take it either.
            if (kind.Id.Home == job.Id.Home && kind.Terms.AsksForTheSameAs(job.Terms))
            {
                return true;
            }
        }

        return false;
    }
}
