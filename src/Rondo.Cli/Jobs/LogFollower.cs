using Rondo.Client;

namespace Rondo.Cli;

/// <summary>
/// Passes on what a job writes until the job is final, also over connections that break. When the job was started once more, its output
/// begins anew.
/// </summary>
internal sealed class LogFollower
{
    private readonly Session _session;
    private readonly string _id;
    private readonly LogStream _stream;
    private readonly StreamRelay _relay;
    private int _attempt;

    public LogFollower(Session session, string id, LogStream stream, Stream destination)
    {
        (_session, _id, _stream) = (session, id, stream);
        _relay = new StreamRelay(destination, OpenAsync, session.OutageNote);
    }

    /// <returns>How many bytes were passed on.</returns>
    public Task<long> RunAsync(CancellationToken cancellationToken) => _relay.RunAsync(cancellationToken);

    private async Task<Stream> OpenAsync(CancellationToken cancellationToken)
    {
        var attempt = (await _session.Client.GetAsync(_id, cancellationToken)).Attempt;
        if (attempt > Math.Max(1, _attempt))
        {
            _relay.Forget();
        }

        _attempt = attempt;
        return await _session.Client.OpenLogsAsync(_id, _stream, follow: true, cancellationToken);
    }
}
