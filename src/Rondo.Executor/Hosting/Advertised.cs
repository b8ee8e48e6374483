using System.Net;

namespace Rondo.Executor.Hosting;

/// <summary>The address that others are told.</summary>
internal static class Advertised
{
    /// <summary>What the options say, with the bound port where they leave it open; else the bound address.</summary>
    public static string Address(string? option, IPEndPoint bound) =>
        Address(option, new HostAndPort(bound.Address.ToString(), bound.Port));

    /// <inheritdoc cref="Address(string?, IPEndPoint)"/>
    public static string Address(string? option, HostAndPort bound)
    {
        if (option is null)
        {
            return bound.ToString();
        }

        return HostAndPort.TryParse(option, out var address)
            ? (address.Port == 0 ? address with { Port = bound.Port } : address).ToString()
            : throw new ArgumentException($"'{option}' is not a host and a port", nameof(option));
    }

    /// <summary>The end point to bind for a checked option.</summary>
    public static IPEndPoint Bind(string option) =>
        HostAndPort.TryParse(option, out var address) && address.BindAddress is { } ip
            ? new IPEndPoint(ip, address.Port)
            : throw new ArgumentException($"'{option}' is not an address to bind to", nameof(option));

    /// <summary>How this process itself reaches what is bound here.</summary>
    public static IPEndPoint Local(IPEndPoint bound) =>
        bound.Address.Equals(IPAddress.Any) ? new IPEndPoint(IPAddress.Loopback, bound.Port)
        : bound.Address.Equals(IPAddress.IPv6Any) ? new IPEndPoint(IPAddress.IPv6Loopback, bound.Port)
        : bound;
}
