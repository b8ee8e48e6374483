using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Rondo.Executor.Hosting;

/// <summary>How the web servers of an executor use their sockets.</summary>
internal static class Sockets
{
    /// <summary>
    /// What came in is handled on the thread that read it, and what goes out is written at once. Each detour over the thread pool costs a
    /// wake-up of some 30 µs on an idle machine, and none of the endpoints holds its thread for long.
    /// </summary>
    public static void WithoutDetours(SocketTransportOptions options) => options.UnsafePreferInlineScheduling = true;
}
