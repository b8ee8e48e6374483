using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Rondo.Executor.Peers.V1;

namespace Rondo.Executor.Peers;

/// <summary>Takes the streams that other executors open.</summary>
internal sealed class RingService(PeerNetwork network) : V1.Ring.RingBase
{
    /// <inheritdoc/>
    public override async Task Connect(
        IAsyncStreamReader<RingFrame> requestStream,
        IServerStreamWriter<RingFrame> responseStream,
        ServerCallContext context
    )
    {
        var request = new Request(context.GetHttpContext());
        try
        {
            await network.ServeAsync(requestStream, responseStream, request.Address, request.Abort);
        }
        finally
        {
            request.End();
        }
    }

    /// <summary>
    /// A request while it is served: after that its context belongs to nobody, or to another request, and there is nothing to break off.
    /// </summary>
    private sealed class Request(HttpContext context)
    {
        private readonly Lock _gate = new();
        private bool _ended;

        public string Address => $"{context.Connection.RemoteIpAddress}:{context.Connection.RemotePort}";

        public void Abort()
        {
            lock (_gate)
            {
                if (!_ended)
                {
                    context.Abort();
                }
            }
        }

        public void End()
        {
            lock (_gate)
            {
                _ended = true;
            }
        }
    }
}
