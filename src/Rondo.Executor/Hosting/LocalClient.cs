using System.Net;
using Rondo.Client;

namespace Rondo.Executor.Hosting;

/// <summary>A client of the executor in this very process: over the ring's port, which is there whatever the application listens to.</summary>
internal sealed class LocalClient(HostedExecutor executor) : DelegatingHandler(new SocketsHttpHandler { UseProxy = false })
{
    /// <summary>Makes the client; it can be used once the executor has begun to start.</summary>
    public static RondoClient Create(HostedExecutor executor) => new(new RondoClientOptions { Handler = new LocalClient(executor) });

    /// <inheritdoc/>
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (executor.Engine is not { } engine)
        {
            throw new HttpRequestException(HttpRequestError.ConnectionError, "the executor of this application has not started");
        }

        var ring = engine.LocalRingAddress;
        request.RequestUri = new UriBuilder(request.RequestUri!) { Host = ring.Address.ToString(), Port = ring.Port }.Uri;
        request.Version = HttpVersion.Version20;
        request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        return base.SendAsync(request, cancellationToken);
    }
}
