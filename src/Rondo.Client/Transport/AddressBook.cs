namespace Rondo.Client;

/// <summary>The executors' addresses, and which of them answered last: that one is tried first.</summary>
internal sealed class AddressBook
{
    private readonly Uri[] _addresses;
    private int _preferred;

    public AddressBook(IReadOnlyList<string> addresses)
    {
        if (addresses.Count == 0)
        {
            throw new ArgumentException("no address is given: at least one such as 127.0.0.1:7070 is needed", nameof(addresses));
        }

        _addresses = [.. addresses.Select(Parse)];
    }

    public int Count => _addresses.Length;

    public int Preferred
    {
        get => Volatile.Read(ref _preferred);
        set => Volatile.Write(ref _preferred, value);
    }

    public Uri this[int index] => _addresses[index];

    /// <summary>Only the executor that failed is left behind: another request may have found a better one meanwhile.</summary>
    public void MoveOn(int failed) => Interlocked.CompareExchange(ref _preferred, (failed + 1) % _addresses.Length, failed);

    /// <summary>A colon follows the host; those within an IPv6 address stand in brackets.</summary>
    private static bool HasPort(string hostAndPort) => hostAndPort.LastIndexOf(':') > hostAndPort.LastIndexOf(']');

    private static Uri Parse(string address)
    {
        var text = address.Trim();
        var isUrl = text.Contains("://", StringComparison.Ordinal);
        return
            Uri.TryCreate(isUrl ? text : "http://" + text, UriKind.Absolute, out var uri)
            && uri.Scheme is "http" or "https"
            && uri.Host.Length > 0
            && uri.AbsolutePath == "/"
            && (isUrl || HasPort(text))
            ? uri
            : throw new ArgumentException(
                $"'{address}' is not an address: expected host:port, such as {RondoClientOptions.DefaultAddress}",
                nameof(address)
            );
    }
}
