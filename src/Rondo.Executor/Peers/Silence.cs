using System.Buffers.Binary;
using System.Net.Sockets;

namespace Rondo.Executor.Peers;

/// <summary>
/// Breaks a connection whose other end has acknowledged nothing for a while (RFC 5482). Left alone, a connection that a partition has cut
/// tries again after 1, 2, 4, 8 seconds and so on: the longer the partition was, the longer nobody would notice that it is over.
/// </summary>
internal static class Silence
{
    /// <summary>How long what was sent may stay unacknowledged by the other end's machine; its process may be busy for longer.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    private const int Tcp = 6;
    private const int UserTimeout = 18;

    /// <summary>Sets the limit for a connection, where the operating system knows it.</summary>
    public static void Limit(Socket socket)
    {
        if (OperatingSystem.IsLinux())
        {
            Span<byte> milliseconds = stackalloc byte[sizeof(int)];
            BinaryPrimitives.WriteInt32LittleEndian(milliseconds, (int)Longest.TotalMilliseconds);
            socket.SetRawSocketOption(Tcp, UserTimeout, milliseconds);
        }
    }
}
