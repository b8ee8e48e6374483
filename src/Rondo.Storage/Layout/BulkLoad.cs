using System.Runtime;

namespace Rondo.Storage.Layout;

/// <summary>
/// Holds the garbage collector back while very many objects come to stay: it would copy them from one generation to the next, and two
/// thirds of a start with 100,000 unfinished jobs were spent on that (<c>docs/performance.md</c>).
/// </summary>
internal sealed class BulkLoad : IDisposable
{
    private const int FewJobs = 5_000;
    private const long BytesPerJob = 3_000;
    private const long MaxBytes = 240L << 20;

    private BulkLoad() { }

    /// <summary>Begins, if there are enough jobs for it to matter and memory enough. Beyond its bound the collector works as always.</summary>
    public static BulkLoad? Begin(int jobs)
    {
        var bytes = Math.Min(jobs * BytesPerJob, MaxBytes);
        if (
            jobs < FewJobs
            || bytes > GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 8
            || GCSettings.LatencyMode == GCLatencyMode.NoGCRegion
        )
        {
            return null;
        }

        return GC.TryStartNoGCRegion(bytes) ? new BulkLoad() : null;
    }

    public void Dispose()
    {
        // It ends by itself when more was allocated.
        if (GCSettings.LatencyMode == GCLatencyMode.NoGCRegion)
        {
            GC.EndNoGCRegion();
        }
    }
}
