using Rondo.Client;

namespace Rondo.Cli;

/// <summary>Waits for many jobs at the same time.</summary>
internal static class JobWaits
{
    /// <summary>How many connections wait at the same time for one command.</summary>
    public const int MaxAtOnce = 256;

    /// <summary>The jobs in the order of their ids, each once it is final or the time is over.</summary>
    public static async IAsyncEnumerable<Job> InOrderAsync(Session session, IReadOnlyList<string> ids, TimeSpan? timeout)
    {
        using var gate = new SemaphoreSlim(MaxAtOnce);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(session.Interrupted);
        Task<Job>[] waits = [.. ids.Select(WaitAsync)];
        try
        {
            foreach (var wait in waits)
            {
                yield return await wait;
            }
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(waits).ContinueWith(_ => { }, TaskScheduler.Default);
        }

        async Task<Job> WaitAsync(string id)
        {
            await gate.WaitAsync(stop.Token);
            try
            {
                return await session.Client.WaitAsync(id, timeout, stop.Token);
            }
            finally
            {
                gate.Release();
            }
        }
    }
}
