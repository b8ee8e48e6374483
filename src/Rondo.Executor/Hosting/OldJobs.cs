using Rondo.Storage;

namespace Rondo.Executor.Hosting;

/// <summary>
/// Deletes finished jobs once they are older than they, or all, are to be kept, or take more than they may: some at a time, so that the disk
/// has time for commits.
/// </summary>
internal sealed class OldJobs(SqliteStore store, TimeSpan keep, long keepBytes, TimeProvider time) : IAsyncDisposable
{
    /// <summary>The most jobs of one step.</summary>
    public const int StepJobs = 500;

    private static readonly TimeSpan StepPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan RoundPause = TimeSpan.FromSeconds(20);

    private readonly CancellationTokenSource _stopping = new();
    private Task _work = Task.CompletedTask;

    /// <summary>Begins to look for old jobs.</summary>
    public void Start()
    {
        _work = Task.Run(WorkAsync);
    }

    /// <summary>Stops, so that the store can be closed.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _work;
        _stopping.Dispose();
    }

    private async Task WorkAsync()
    {
        try
        {
            while (true)
            {
                var now = time.GetUtcNow();
                var isBehind =
                    store.DeleteExpired(now, StepJobs) == StepJobs
                    || (keep != Timeout.InfiniteTimeSpan && store.DeleteFinishedBefore(now - keep, StepJobs) == StepJobs)
                    || store.DeleteFinishedBeyond(keepBytes, StepJobs) == StepJobs;
                await Task.Delay(isBehind ? StepPause : RoundPause, time, _stopping.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The executor stops.
        }
        catch (StoreException)
        {
            // The store tells the host by itself, which ends the process.
        }
    }
}
