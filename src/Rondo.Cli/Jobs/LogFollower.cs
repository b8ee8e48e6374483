using System.Diagnostics;
using Rondo.Client;

namespace Rondo.Cli;

/// <summary>
/// Passes on what a job writes until the job is final. A connection that breaks is opened again, and what was passed on before is
/// left out, unless the job was started once more: then its output begins anew.
/// </summary>
internal sealed class LogFollower(Session session, string id, LogStream stream, Stream destination)
{
    private static readonly TimeSpan ReopenPause = TimeSpan.FromMilliseconds(200);

    /// <summary>An executor that crashed is usually back within seconds, and the job with it.</summary>
    private static readonly TimeSpan OutageTolerance = TimeSpan.FromSeconds(60);

    private readonly byte[] _buffer = new byte[16 * 1024];
    private long _passed;
    private int _attempt;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Stopwatch? outage = null;
        while (true)
        {
            var before = _passed;
            try
            {
                await FollowAsync(cancellationToken);
                return;
            }
            catch (Exception broken) when (IsOutage(broken))
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

    private static bool IsOutage(Exception failure) => failure is HttpRequestException or RondoUnreachableException or HttpIOException
        || failure is RondoException { Type: ProblemTypes.ExecutorUnavailable };

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        var attempt = (await session.Client.GetAsync(id, cancellationToken)).Attempt;
        if (attempt > Math.Max(1, _attempt))
        {
            _passed = 0;
        }

        _attempt = attempt;
        await using var logs = await session.Client.OpenLogsAsync(id, stream, follow: true, cancellationToken);
        var skip = _passed;
        while (await logs.ReadAsync(_buffer, cancellationToken) is var count and > 0)
        {
            var skipped = (int)Math.Min(skip, count);
            skip -= skipped;
            await destination.WriteAsync(_buffer.AsMemory(skipped, count - skipped), cancellationToken);
            await destination.FlushAsync(cancellationToken);
            _passed += count - skipped;
        }
    }
}
