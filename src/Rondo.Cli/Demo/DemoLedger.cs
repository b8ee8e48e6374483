using Rondo.Client;

namespace Rondo.Cli;

/// <summary>The results as they were first received, to be compared with what the ring says of them later.</summary>
internal sealed class DemoLedger
{
    private readonly Dictionary<string, byte[]> _received = [];
    private readonly Lock _lock = new();

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _received.Count;
            }
        }
    }

    public static async Task<byte[]> ReadAsync(RondoClient client, string id, CancellationToken cancellationToken)
    {
        await using var result = await client.OpenResultAsync(id, cancellationToken);
        using var bytes = new MemoryStream();
        await result.Content.CopyToAsync(bytes, cancellationToken);
        return bytes.ToArray();
    }

    public void Receive(string id, byte[] result)
    {
        lock (_lock)
        {
            _received.Add(id, result);
        }
    }

    /// <summary>Reads every job and its result once more.</summary>
    public async Task<(int Twice, int Changed, int Wrong, int RanAgain)> CheckAsync(RondoClient client, CancellationToken cancellationToken)
    {
        var (twice, changed, wrong, ranAgain) = (0, 0, 0, 0);
        foreach (var (id, first) in _received)
        {
            var job = await client.GetAsync(id, cancellationToken);
            var again = await ReadAsync(client, id, cancellationToken);
            twice += job.Trail?.Count(entry => entry.Event == "finished") > 1 ? 1 : 0;
            changed += again.AsSpan().SequenceEqual(first) ? 0 : 1;
            wrong +=
                job.State == JobState.Succeeded && System.Text.Encoding.UTF8.GetString(first).StartsWith(id + " ", StringComparison.Ordinal)
                    ? 0
                    : 1;
            ranAgain += job.Attempt > 1 ? 1 : 0;
        }

        return (twice, changed, wrong, ranAgain);
    }
}
