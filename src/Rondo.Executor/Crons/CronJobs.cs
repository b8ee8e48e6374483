using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Rondo.Core;
using Rondo.Executor.Http;
using Rondo.Executor.Http.Forwarding;
using Rondo.Executor.Loop;

namespace Rondo.Executor.Crons;

/// <summary>The crons that are kept here and the copies of others, for those who set, see and remove them.</summary>
internal sealed class CronJobs(ExecutorLoop loop, RingLookup ring, ExecutorId self, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, bool> _onTheWay = new(StringComparer.Ordinal);
    private readonly Guid _start = Guid.NewGuid();
    private long _changes;

    /// <summary>Told that a cron is new, different or gone.</summary>
    public Action Changed { get; set; } = static () => { };

    /// <summary>Another one once any cron that is kept here has changed; an entity tag of HTTP.</summary>
    public string Version => $"\"{_start:N}-{Volatile.Read(ref _changes)}\"";

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
            await KeepAsync(cron with { CopyOf = null }, cancellationToken);
        }
        else
        {
            // It may have fired there while this executor was taken for gone: for these times it does not fire here as well.
            await AdvanceAsync(cron, cancellationToken);
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
        [.. (await KeptAsync(cancellationToken)).Select(ToDocument)];

    /// <summary>All that are kept here, by name.</summary>
    public async Task<IEnumerable<Cron>> KeptAsync(CancellationToken cancellationToken) =>
        (await AllAsync(cancellationToken)).Select(static view => view.Cron).Where(static cron => cron.CopyOf is null);

    /// <summary>All that are kept here and the copies of others, with the executors that they belong to.</summary>
    public async Task<IReadOnlyList<CronView>> AllAsync(CancellationToken cancellationToken) =>
        await loop.AskAsync(request => new Input.QueryCrons(request), cancellationToken) switch
        {
            Answer.Crons crons => crons.Views,
            Answer.Refused refused => throw HttpProblem.Refused(refused),
            _ => throw new UnreachableException(),
        };

    /// <summary>Scheduled times of a cron were dealt with.</summary>
    public async Task AdvanceAsync(Cron cron, CancellationToken cancellationToken)
    {
        _ = await loop.AskAsync(request => new Input.AdvanceCron(request, cron), cancellationToken);
        Interlocked.Increment(ref _changes);
    }

    /// <summary>Keeps a cron or a copy as it is given.</summary>
    public async Task KeepAsync(Cron cron, CancellationToken cancellationToken)
    {
        if (await loop.AskAsync(request => new Input.SetCron(request, cron), cancellationToken) is Answer.Refused refused)
        {
            throw HttpProblem.Refused(refused);
        }

        Interlocked.Increment(ref _changes);
        Changed();
    }

    /// <summary>Forgets a cron or a copy; false when it is not here.</summary>
    /// <param name="copyOf">Whose copy is meant; null for a cron that is kept here itself.</param>
    public async Task<bool> RemoveAsync(string name, CancellationToken cancellationToken, ExecutorId? copyOf = null)
    {
        var removed = await loop.AskAsync(request => new Input.RemoveCron(request, name, copyOf), cancellationToken) switch
        {
            Answer.Count count => count.Number > 0,
            Answer.Refused refused => throw HttpProblem.Refused(refused),
            _ => throw new UnreachableException(),
        };
        Interlocked.Increment(ref _changes);
        Changed();
        return removed;
    }

    private async Task<Cron?> KeptAsync(string name, CancellationToken cancellationToken) =>
        (await KeptAsync(cancellationToken)).FirstOrDefault(cron => cron.Name == name);

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
