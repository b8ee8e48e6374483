using System.Collections.Concurrent;
using System.Diagnostics;

namespace Rondo.Chaos.Faults;

/// <summary>What was done, to whom, and when. Times are those of the monotonic clock, which jobs note too, in nanoseconds.</summary>
internal sealed class FaultLog
{
    /// <summary>How long a fault may matter: jobs of an executor that is out of reach are taken back somewhat later, and wait then.</summary>
    private const long SlackNs = 10_000_000_000;

    private readonly ConcurrentQueue<Done> _done = new();
    private int _kills;
    private long _sectorsLost;

    /// <summary>How many processes were ended by SIGKILL.</summary>
    public int Kills => _kills;

    /// <summary>How many unsynced sectors were taken back.</summary>
    public long SectorsLost => _sectorsLost;

    public IReadOnlyDictionary<FaultKind, int> Counts =>
        _done.GroupBy(done => done.Kind).ToDictionary(kind => kind.Key, kind => kind.Count());

    public static long Now => (long)(Stopwatch.GetTimestamp() * (1e9 / Stopwatch.Frequency));

    public void Add(FaultKind kind, IReadOnlyList<int> executors, long from) => _done.Enqueue(new Done(kind, executors, from, Now));

    public void Killed() => Interlocked.Increment(ref _kills);

    public void Lost(int sectors) => Interlocked.Add(ref _sectorsLost, sectors);

    /// <summary>What was done to any of these executors around this time, and may be why a job was started more than once.</summary>
    public FaultKind? Explains(IReadOnlyCollection<int> executors, long from, long to)
    {
        foreach (var done in _done)
        {
            if (
                done.From <= to
                && done.To + SlackNs >= from
                && (done.Kind is FaultKind.Partition || done.Executors.Any(executors.Contains))
            )
            {
                return done.Kind;
            }
        }

        return null;
    }

    private sealed record Done(FaultKind Kind, IReadOnlyList<int> Executors, long From, long To);
}
