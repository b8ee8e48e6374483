using Rondo.Client;

namespace Rondo.Cli;

/// <summary>
/// Passes on a stream that can be opened again from its beginning: when the connection breaks, it is, and what was passed on before is left
/// out.
/// </summary>
internal sealed class StreamRelay(Stream destination, Func<CancellationToken, Task<Stream>> open, OutageNote note)
{
    private readonly byte[] _buffer = new byte[16 * 1024];
    private long _passed;

    /// <summary>Nothing is left out of what comes next: it is another stream.</summary>
    public void Forget() => _passed = 0;

    /// <returns>How many bytes were passed on.</returns>
    public async Task<long> RunAsync(CancellationToken cancellationToken)
    {
        var outage = new Outage(note);
        while (true)
        {
            var before = _passed;
            try
            {
                await using var source = await open(cancellationToken);
                await PassAsync(source, cancellationToken);
                return _passed;
            }
            catch (RondoException broken) when (Outage.Is(broken))
            {
                if (_passed > before)
                {
                    outage.End();
                }

                await outage.BearAsync(broken, most: null, cancellationToken);
            }
        }
    }

    private async Task PassAsync(Stream source, CancellationToken cancellationToken)
    {
        var skip = _passed;
        while (await ReadAsync(source, cancellationToken) is var count and > 0)
        {
            var skipped = (int)Math.Min(skip, count);
            skip -= skipped;
            await destination.WriteAsync(_buffer.AsMemory(skipped, count - skipped), cancellationToken);
            await destination.FlushAsync(cancellationToken);
            _passed += count - skipped;
        }
    }

    /// <summary>Tells a connection that breaks from a destination that does: only the first is worth another try.</summary>
    private async Task<int> ReadAsync(Stream source, CancellationToken cancellationToken)
    {
        try
        {
            return await source.ReadAsync(_buffer, cancellationToken);
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException)
        {
            throw new RondoUnreachableException($"the connection broke while a job's output came: {broken.Message}", broken);
        }
    }
}
