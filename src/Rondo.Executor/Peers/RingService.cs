using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Rondo.Executor.Peers.V1;

namespace Rondo.Executor.Peers;

/// <summary>Takes the streams that other executors open.</summary>
internal sealed class RingService(PeerNetwork network) : V1.Ring.RingBase
{
    /// <inheritdoc/>
    public override Task Connect(
        IAsyncStreamReader<RingFrame> requestStream,
        IServerStreamWriter<RingFrame> responseStream,
        ServerCallContext context
    )
    {
        var http = context.GetHttpContext();
        var address = $"{http.Connection.RemoteIpAddress}:{http.Connection.RemotePort}";
        return network.ServeAsync(requestStream, responseStream, address, () => Abort(http));
    }

    private static void Abort(HttpContext context) => context.Abort();
}
