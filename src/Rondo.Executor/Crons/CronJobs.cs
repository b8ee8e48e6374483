using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Rondo.Core;
using Rondo.Executor.Http;
using Rondo.Executor.Http.Forwarding;
using Rondo.Executor.Loop;

namespace Rondo.Executor.Crons;

/// <summary>The crons that are kept here, for those who set, see and remove them.</summary>
internal sealed class CronJobs(ExecutorLoop loop, RingLookup ring, ExecutorId self, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, bool> _onTheWay = new(StringComparer.Ordinal);

    /// <summary>Told that a cron is new, different or gone.</summary>
    public Action Changed { get; set; } = static () => { };

    /// <summary>The executor that a cron belongs to.</summary>
    public async Task<Member> OwnerAsync(string name, CancellationToken cancellationToken) =>
        (await ring.RingAsync(cancellationToken)).KeeperOf(name);

    /// <summary>Keeps a cron. One of the same definition stays as it is; another one begins anew.</summary>
    /// <returns>True when there was none of this name.</returns>
    public async Task<bool> SetAsync(string name, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var known = await KeptAsync(name, cancellationToken);
        if (known is null || !known.Definition.Span.SequenceEqual(body.Span))
        {
            // What has fired does not fire again, also when the clock says so.
            var now = time.GetUtcNow();
            var through = known is { FiredFor: { } firedFor } && firedFor > now ? firedFor : now;
            await KeepAsync(new Cron(name, body, now, through, known?.FiredFor, known?.LastJob), cancellationToken);
        }

        return known is null;
    }

    /// <summary>Takes a cron over from the executor that kept it before this one was there.</summary>
    /// <exception cref="HttpProblem">It is just being given away from here: that it is still here would count for nothing.</exception>
    public async Task TakeAsync(Cron cron, CancellationToken cancellationToken)
    {
        if (_onTheWay.ContainsKey(cron.Name))
        {
            throw HttpProblem.Unavailable(self, $"{self} is handing over the cron \"{cron.Name}\" itself");
        }

        if (await KeptAsync(cron.Name, cancellationToken) is not { } known || known.SetAt < cron.SetAt)
        {
            await KeepAsync(cron, cancellationToken);
        }
    }

    /// <summary>Gives a cron away: once the other one has it, it is forgotten here. Nobody can give it back meanwhile.</summary>
    /// <param name="send">Gives it to the other one; true when that has it.</param>
    public async Task<bool> HandOverAsync(string name, Func<Task<bool>> send, CancellationToken cancellationToken)
    {
        _onTheWay[name] = true;
        try
        {
            return await send() && await RemoveAsync(name, cancellationToken);
        }
        finally
        {
            _onTheWay.TryRemove(name, out _);
        }
    }

    /// <summary>The cron as clients see it; null when it is not kept here.</summary>
    public async Task<CronDocument?> FindAsync(string name, CancellationToken cancellationToken) =>
        await KeptAsync(name, cancellationToken) is { } cron ? ToDocument(cron) : null;

    /// <summary>All that are kept here, by name.</summary>
    public async Task<IReadOnlyList<CronDocument>> ListAsync(CancellationToken cancellationToken) =>
        [.. (await AllAsync(cancellationToken)).Select(view => ToDocument(view.Cron))];

    /// <summary>All that are kept here, with the executors that they belong to.</summary>
    public async Task<IReadOnlyList<CronView>> AllAsync(CancellationToken cancellationToken) =>
        await loop.AskAsync(request => new Input.QueryCrons(request), cancellationToken) switch
        {
            Answer.Crons crons => crons.Views,
            Answer.Refused refused => throw HttpProblem.Refused(refused),
            _ => throw new UnreachableException(),
        };

    /// <summary>Forgets a cron; false when it is not kept here.</summary>
    public async Task<bool> RemoveAsync(string name, CancellationToken cancellationToken)
    {
        var removed = await loop.AskAsync(request => new Input.RemoveCron(request, name), cancellationToken) switch
        {
            Answer.Count count => count.Number > 0,
            Answer.Refused refused => throw HttpProblem.Refused(refused),
            _ => throw new UnreachableException(),
        };
        Changed();
        return removed;
    }

    private async Task<Cron?> KeptAsync(string name, CancellationToken cancellationToken) =>
        (await AllAsync(cancellationToken)).FirstOrDefault(view => view.Cron.Name == name)?.Cron;

    private async Task KeepAsync(Cron cron, CancellationToken cancellationToken)
    {
        if (await loop.AskAsync(request => new Input.SetCron(request, cron), cancellationToken) is Answer.Refused refused)
        {
            throw HttpProblem.Refused(refused);
        }

        Changed();
    }

    private CronDocument ToDocument(Cron cron)
    {
        var definition = CronDefinition.Read(cron.Name, cron.Definition);
        var now = time.GetUtcNow();
        return new CronDocument(
            cron.Name,
            definition.Expression,
            definition.TimeZone,
            definition.MissedText,
            JsonDocument.Parse(definition.Job).RootElement,
            self.ToString(),
            definition.Schedule.Next(now > cron.Through ? now : cron.Through)?.UtcDateTime,
            cron.FiredFor?.UtcDateTime,
            cron.LastJob?.ToString()
        );
    }
}
