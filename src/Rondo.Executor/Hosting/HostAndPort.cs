using System.Globalization;
using System.Net;

namespace Rondo.Executor.Hosting;

/// <summary>A host and a port as people write them: <c>127.0.0.1:7070</c>, <c>[::1]:7070</c>, <c>node-3:7070</c>.</summary>
internal readonly record struct HostAndPort(string Host, int Port)
{
    /// <summary>Reads the text; false when it is not a host, a colon and a port.</summary>
    public static bool TryParse(string text, out HostAndPort address)
    {
        address = default;
        var colon = text.LastIndexOf(':');
        if (
            colon < 1
            || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || port > ushort.MaxValue
        )
        {
            return false;
        }

        var host = text[..colon];
        if (host is ['[', .., ']'])
        {
            host = host[1..^1];
            if (!IPAddress.TryParse(host, out _))
            {
                return false;
            }
        }

        if (host == "*")
        {
            host = IPAddress.Any.ToString();
        }
        else if (!IPAddress.TryParse(host, out _) && Uri.CheckHostName(host) is not UriHostNameType.Dns)
        {
            return false;
        }

        address = new HostAndPort(host, port);
        return true;
    }

    /// <summary>The IP address to bind to; null when the host is a name other than <c>localhost</c>.</summary>
    public IPAddress? BindAddress =>
        Host == "localhost" ? IPAddress.Loopback
        : IPAddress.TryParse(Host, out var address) ? address
        : null;

    /// <summary>True for an address that stands for every interface, which nobody else can reach us by.</summary>
    public bool IsWildcard => BindAddress is { } address && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any));

    /// <inheritdoc/>
    public override string ToString() => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
