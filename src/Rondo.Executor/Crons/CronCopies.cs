using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.Logging;
using Rondo.Core;
using Rondo.Executor.Http.Forwarding;
using Rondo.Wire;

namespace Rondo.Executor.Crons;

/// <summary>
/// Copies of the crons of whoever stands before this executor in the ring. Once that one is removed and never returns, they are kept here,
/// and go to the executors that they belong to then.
/// </summary>
internal sealed class CronCopies(
    CronJobs crons,
    RingLookup ring,
    Forwarder forwarder,
    ExecutorId self,
    TimeProvider time,
    ILogger<CronClock> logger
)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan StartPause = TimeSpan.FromMilliseconds(50);

    private long? _askedAt;
    private (ExecutorId Of, string Version)? _latest;

    /// <summary>
    /// Takes note of the times for which others have fired the crons that are kept here: this executor may have been removed while it was away,
    /// so that its crons went on there. Waits a moment for those that do not answer yet.
    /// </summary>
    public async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        var own = (await crons.KeptAsync(cancellationToken)).Select(static cron => cron.Name).ToHashSet();
        if (own.Count == 0)
        {
            return;
        }

        var waited = Stopwatch.StartNew();
        var view = await ring.RingAsync(cancellationToken);
        while (view.Executors.Any(executor => executor.State == ExecutorState.Suspected) && waited.Elapsed < StartPatience)
        {
            await Task.Delay(StartPause, cancellationToken);
            view = await ring.RingAsync(cancellationToken);
        }

        var others = view.Executors.Where(executor => executor.Member.Id != self && executor.State != ExecutorState.Suspected);
        foreach (var kept in await Task.WhenAll(others.Select(other => KeptByAsync(other.Member, cancellationToken))))
        {
            foreach (var cron in (kept?.Crons ?? []).Where(cron => own.Contains(cron.Name)))
            {
                await crons.AdvanceAsync(cron, cancellationToken);
            }
        }
    }

    /// <summary>Takes over what was kept by those that are gone, and from time to time asks for what is kept by those that are not.</summary>
    /// <returns>How long until there may be something again.</returns>
    public async Task<TimeSpan> RenewAsync(CancellationToken cancellationToken)
    {
        var view = await ring.RingAsync(cancellationToken);
        foreach (var copy in await CopiesAsync(cancellationToken))
        {
            if (view.Executors.All(executor => executor.Member.Id != copy.CopyOf))
            {
                await crons.KeepAsync(copy with { CopyOf = null }, cancellationToken);
                CronLog.GoesOn(logger, copy.Name, copy.CopyOf!.Value);
            }
        }

        if (_askedAt is { } askedAt && time.GetElapsedTime(askedAt) is var ago && ago < Pause)
        {
            return Pause - ago;
        }

        _askedAt = time.GetTimestamp();
        await AskAsync(view, cancellationToken);
        return Pause;
    }

    private async Task AskAsync(RingView view, CancellationToken cancellationToken)
    {
        if (view.Executors.FirstOrDefault(executor => executor.Member.Id == self) is not { Draining: false })
        {
            return;
        }

        // Of those between the next one that answers and this executor there may be copies from before, and nobody else has them.
        var before = Before(view).ToArray();
        var next = before.FirstOrDefault(executor => executor.State != ExecutorState.Suspected)?.Member.Id;
        var silent = before.TakeWhile(executor => executor.Member.Id != next).Select(executor => executor.Member.Id).ToHashSet();
        if (_latest?.Of != next)
        {
            // The copies of another one go, so that "nothing has changed" says nothing about them, should it be the next one again.
            _latest = null;
        }

        var copies = (await CopiesAsync(cancellationToken)).ToDictionary(copy => copy.Name);
        var kept = next is null ? null : await KeptByAsync(before[silent.Count].Member, cancellationToken);
        foreach (var cron in kept?.Crons ?? [])
        {
            var isKnown = copies.TryGetValue(cron.Name, out var copy) && copy.CopyOf == next && IsSame(copy, cron);
            copies.Remove(cron.Name);
            if (!isKnown)
            {
                await crons.KeepAsync(cron with { CopyOf = next }, cancellationToken);
            }
        }

        // What is left is gone there, or is another one's to copy.
        foreach (var copy in copies.Values)
        {
            if (copy.CopyOf == next ? kept is not null : !silent.Contains(copy.CopyOf!.Value))
            {
                await crons.RemoveAsync(copy.Name, cancellationToken, copy.CopyOf);
            }
        }

        if (kept is { Version: { } version })
        {
            _latest = (next!.Value, version);
        }
    }

    private static bool IsSame(Cron one, Cron other) => one.SetAt == other.SetAt && one.Through == other.Through;

    /// <summary>All others, backwards round the ring from here.</summary>
    private IEnumerable<RingMemberView> Before(RingView view)
    {
        var members = view.Executors;
        var own = members.ToList().FindIndex(executor => executor.Member.Id == self);
        return Enumerable.Range(1, members.Count - 1).Select(steps => members[(own - steps + members.Count) % members.Count]);
    }

    /// <summary>What an executor keeps; null when it does not say, or nothing has changed since it was last asked.</summary>
    private async Task<(IReadOnlyList<Cron> Crons, string? Version)?> KeptByAsync(Member member, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://{member.RingAddress}/v1/crons:kept"));
            if (_latest is { } latest && latest.Of == member.Id)
            {
                request.Headers.TryAddWithoutValidation("If-None-Match", latest.Version);
            }

            using var response = await forwarder.SendAsync(request, patience.Token);
            // An earlier release does not know the question.
            if (response.StatusCode is HttpStatusCode.NotModified or HttpStatusCode.NotFound)
            {
                return null;
            }

            response.EnsureSuccessStatusCode();
            var kept = CronListCodec.Decode(await response.Content.ReadAsByteArrayAsync(patience.Token));
            return (kept, response.Headers.ETag?.Tag);
        }
        catch (Exception error)
            when (error is HttpRequestException or IOException or WireFormatException
                || (error is OperationCanceledException && !cancellationToken.IsCancellationRequested)
            )
        {
            CronLog.NotCopied(logger, member.Id, error.Message);
            return null;
        }
    }

    private async Task<List<Cron>> CopiesAsync(CancellationToken cancellationToken) =>
        [.. (await crons.AllAsync(cancellationToken)).Select(static view => view.Cron).Where(static cron => cron.CopyOf is not null)];
}
