using System.Diagnostics;
using Rondo.Client;

namespace Rondo.Cli;

/// <summary>Waits for many jobs at the same time.</summary>
internal static class JobWaits
{
    /// <summary>How many connections wait at the same time for one command.</summary>
    public const int MaxAtOnce = 256;

    /// <summary>So often it is known that somebody still answers.</summary>
    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(30);

    /// <summary>The job once it is final, or the time is over; goes on through an outage for a while.</summary>
    /// <param name="timeout">How long to wait; null for as long as it takes.</param>
    /// <exception cref="TimeOverException">The time is over, and who could tell what became of the job does not answer.</exception>
    public static async Task<Job> WaitAsync(
        Session session,
        string id,
        TimeSpan? timeout,
        OutageNote note,
        CancellationToken cancellationToken
    )
    {
        var waited = Stopwatch.StartNew();
        var outage = new Outage(note);
        while (true)
        {
            try
            {
                var slice = timeout - waited.Elapsed is { } left && left < Slice ? left : Slice;
                var job = await session.WaitingClient.WaitAsync(id, slice > TimeSpan.Zero ? slice : TimeSpan.Zero, cancellationToken);
                if (job.IsFinal || waited.Elapsed >= timeout)
                {
                    return job;
                }

                outage.End();
            }
            catch (RondoException failure) when (Outage.Is(failure))
            {
                if (waited.Elapsed >= timeout && failure is not RondoUnreachableException)
                {
                    throw new TimeOverException($"the time to wait for {id} is over: {failure.Message}", failure);
                }

                await outage.BearAsync(failure, timeout - waited.Elapsed, cancellationToken);
            }
        }
    }

    /// <summary>The jobs in the order of their ids, each once it is final or the time is over.</summary>
    /// <param name="timeout">How long to wait for all of them together; null for as long as it takes.</param>
    public static async IAsyncEnumerable<Job> InOrderAsync(Session session, IReadOnlyList<string> ids, TimeSpan? timeout)
    {
        var waited = Stopwatch.StartNew();
        using var gate = new SemaphoreSlim(MaxAtOnce);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(session.Interrupted);
        Task<Job>[] waits = [.. ids.Select(WaitForOneAsync)];
        try
        {
            var note = new WaitNote(session);
            for (var i = 0; i < waits.Length; i++)
            {
                yield return await note.WhileAsync(ids[i], waits[i]);
            }
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(waits).ContinueWith(_ => { }, TaskScheduler.Default);
        }

        async Task<Job> WaitForOneAsync(string id)
        {
            await gate.WaitAsync(stop.Token);
            try
            {
                return await WaitAsync(session, id, timeout - waited.Elapsed, session.OutageNote, stop.Token);
            }
            finally
            {
                gate.Release();
            }
        }
    }
}
