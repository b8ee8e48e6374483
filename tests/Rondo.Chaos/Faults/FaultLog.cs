using System.Collections.Concurrent;
using System.Diagnostics;

namespace Rondo.Chaos.Faults;

/// <summary>What was done, to whom, and when. Times are those of the monotonic clock, which jobs note too, in nanoseconds.</summary>
internal sealed class FaultLog
{
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

    /// <summary>Why a job may have been started again at one time, after it was started by an executor at an earlier one.</summary>
    public FaultKind? Explains(int executor, int home, long from, long to)
    {
        // A holder that is out of reach loses its jobs somewhat later, and what it had begun before counts as well.
        const long slack = 4_000_000_000;
        foreach (var done in _done)
        {
            var late = done.From <= to && done.To + slack >= from;
            if (late && (done.Executors.Contains(executor) || done.Executors.Contains(home) || done.Kind is FaultKind.Partition))
            {
                return done.Kind;
            }
        }

        return null;
    }

    private sealed record Done(FaultKind Kind, IReadOnlyList<int> Executors, long From, long To);
}
