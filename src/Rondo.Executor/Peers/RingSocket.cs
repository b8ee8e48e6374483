using System.Buffers.Binary;
using System.Net.Sockets;

namespace Rondo.Executor.Peers;

/// <summary>What connections between executors ask of the operating system, where it knows it.</summary>
/// <remarks>
/// A connection whose other end has acknowledged nothing for a while is broken (RFC 5482). Left alone, one that a partition has cut
/// tries again after 1, 2, 4, 8 seconds and so on: the longer the partition was, the longer nobody would notice that it is over.
/// And little is kept of what could not be sent yet (<c>TCP_NOTSENT_LOWAT</c>): on a slow link the token would stand behind megabytes of
/// somebody's output, where no other message can overtake it.
/// </remarks>
internal static class RingSocket
{
    /// <summary>How long what was sent may stay unacknowledged by the other end's machine; its process may be busy for longer.</summary>
    public static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(2);

    /// <summary>With so many bytes that are not sent, the operating system takes no more.</summary>
    public const int UnsentBytes = 64 << 10;

    private const int Tcp = 6;
    private const int UserTimeout = 18;
    private const int NotSentLowWater = 25;

    /// <summary>Sets them.</summary>
    public static void Prepare(Socket socket)
    {
        if (OperatingSystem.IsLinux())
        {
            Set(socket, UserTimeout, (int)LongestSilence.TotalMilliseconds);
            Set(socket, NotSentLowWater, UnsentBytes);
        }
    }

    private static void Set(Socket socket, int option, int value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        socket.SetRawSocketOption(Tcp, option, bytes);
    }
}
