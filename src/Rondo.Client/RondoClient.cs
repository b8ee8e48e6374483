namespace Rondo.Client;

/// <summary>
/// Speaks to a ring of executors over HTTP. Safe to use from many threads at the same time; make one and keep it.
/// </summary>
/// <remarks>
/// Every method throws <see cref="RondoException"/> when an executor refuses, and <see cref="RondoUnreachableException"/> when none of
/// the addresses can be reached.
/// </remarks>
public sealed partial class RondoClient : IDisposable
{
    private static readonly TimeSpan LongPoll = TimeSpan.FromSeconds(30);

    private readonly RondoClientOptions _options;
    private readonly Sender _sender;
    private readonly MadeKeys _keys;
    private readonly Submission _submission;

    /// <summary>A client for the given addresses; nothing is sent yet.</summary>
    /// <exception cref="ArgumentException">An address is malformed, or there is none.</exception>
    public RondoClient(RondoClientOptions options)
    {
        _options = options;
        _sender = new Sender(options);
        _keys = new MadeKeys(_sender);
        _submission = new Submission(_sender, _keys, options);
    }

    /// <summary>A client for one or more addresses such as <c>127.0.0.1:7070</c>.</summary>
    /// <exception cref="ArgumentException">An address is malformed, or there is none.</exception>
    public RondoClient(params string[] addresses)
        : this(new RondoClientOptions { Addresses = addresses }) { }

    /// <inheritdoc/>
    public void Dispose() => _sender.Dispose();

    /// <summary>The unread JSON text of anything that can be asked for, such as <c>v1/ring</c>.</summary>
    public async Task<string> GetJsonAsync(string path, CancellationToken cancellationToken = default)
    {
        using var response = await _sender.GetAsync(path, default, cancellationToken);
        return await response.Content.ReadAsStringAsync(cancellationToken);
    }
}
