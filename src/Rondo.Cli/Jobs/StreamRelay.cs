using System.Diagnostics;
using Rondo.Client;

namespace Rondo.Cli;

/// <summary>
/// Passes on a stream that can be opened again from its beginning: when the connection breaks, it is, and what was passed on before is left
/// out.
/// </summary>
internal sealed class StreamRelay(Stream destination, Func<CancellationToken, Task<Stream>> open)
{
    private static readonly TimeSpan ReopenPause = TimeSpan.FromMilliseconds(200);

    /// <summary>An executor that crashed is usually back within seconds, and its jobs with it.</summary>
    private static readonly TimeSpan OutageTolerance = TimeSpan.FromSeconds(60);

    private readonly byte[] _buffer = new byte[16 * 1024];
    private long _passed;

    /// <summary>Nothing is left out of what comes next: it is another stream.</summary>
    public void Forget() => _passed = 0;

    /// <summary>Nobody is there, or the one executor that is needed is not, or is stopping at this moment.</summary>
    public static bool IsOutage(RondoException failure) =>
        failure is RondoUnreachableException || failure.Type is ProblemTypes.ExecutorUnavailable or ProblemTypes.Draining;

    /// <returns>How many bytes were passed on.</returns>
    public async Task<long> RunAsync(CancellationToken cancellationToken)
    {
        Stopwatch? outage = null;
        while (true)
        {
            var before = _passed;
            try
            {
                await using var source = await open(cancellationToken);
                await PassAsync(source, cancellationToken);
                return _passed;
            }
            catch (RondoException broken) when (IsOutage(broken))
            {
                outage = outage is null || _passed > before ? Stopwatch.StartNew() : outage;
                if (outage.Elapsed > OutageTolerance)
                {
                    throw;
                }
            }

            await Task.Delay(ReopenPause, cancellationToken);
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
