using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rondo.Executor.Peers;

namespace Rondo.Executor.Hosting;

/// <summary>
/// The web server of an executor: HTTP/1.1 for clients on one port, HTTP/2 for executors on the other. Without TLS one port cannot do
/// both. The same routes answer on either, so that executors can pass on what clients ask them.
/// </summary>
internal sealed class WebServer : IAsyncDisposable
{
    private const int RingStreamsMax = 10_000;
    private static readonly TimeSpan CloseGrace = TimeSpan.FromSeconds(2);

    private readonly WebApplication _app;

    private WebServer(WebApplication app, IPEndPoint listen, IPEndPoint ring)
    {
        _app = app;
        Listen = listen;
        Ring = ring;
    }

    /// <summary>Where clients are answered; the port is the real one.</summary>
    public IPEndPoint Listen { get; }

    /// <summary>Where executors are answered; the port is the real one.</summary>
    public IPEndPoint Ring { get; }

    /// <summary>Binds both ports and begins to answer.</summary>
    /// <param name="map">Adds the middleware and routes.</param>
    /// <exception cref="StartupException">A port is taken, or an address is not this machine's.</exception>
    public static async Task<WebServer> StartAsync(
        IPEndPoint listen,
        IPEndPoint ring,
        ILoggerFactory loggers,
        PeerNetwork peers,
        Action<WebApplication> map
    )
    {
        // Empty: no settings file or environment variable of the web framework has a say in an executor.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.Services.AddLogging();
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(peers);
        builder.Services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = 2 * FrameCutter.FrameMaxBytes;

            // Otherwise gRPC claims every path of two parts, for every method, and clients are told 404 instead of 405.
            grpc.IgnoreUnknownServices = true;
        });
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = CloseGrace);
        ListenOptions? bound = null;
        ListenOptions? boundRing = null;
        builder
            .WebHost.UseKestrelCore()
            .ConfigureKestrel(kestrel =>
            {
                kestrel.AddServerHeader = false;
                kestrel.Limits.Http2.KeepAlivePingDelay = RingDialer.KeepAlive;
                kestrel.Limits.Http2.KeepAlivePingTimeout = RingDialer.KeepAlive;
                kestrel.Limits.Http2.MaxStreamsPerConnection = RingStreamsMax;
                kestrel.Listen(listen, it => (bound = it).Protocols = HttpProtocols.Http1);
                kestrel.Listen(
                    ring,
                    it =>
                    {
                        (boundRing = it).Protocols = HttpProtocols.Http2;
                        it.Use(
                            (connection, next) =>
                            {
                                Silence.Limit(connection.Features.GetRequiredFeature<IConnectionSocketFeature>().Socket);
                                return next(connection);
                            }
                        );
                    }
                );
            });
        var app = builder.Build();
        map(app);
        app.MapGrpcService<RingService>();
        try
        {
            await app.StartAsync();
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            await app.DisposeAsync();
            throw CannotBind(error, listen, ring);
        }

        return new WebServer(app, bound!.IPEndPoint!, boundRing!.IPEndPoint!);
    }

    /// <summary>Takes no more requests, and ends those that are open after a moment.</summary>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private static StartupException CannotBind(Exception error, IPEndPoint listen, IPEndPoint ring)
    {
        // The server names the address in its message only.
        var (name, address) = error.Message.Contains(ring.ToString(), StringComparison.Ordinal)
            ? (nameof(ExecutorOptions.Ring), ring)
            : (nameof(ExecutorOptions.Listen), listen);
        return error.InnerException is AddressInUseException
            ? new StartupException(
                $"{name} '{address}' is taken by another program: stop that one, or choose another port (0 takes a free one)",
                error
            )
            : new StartupException($"{name} '{address}' cannot be used: {error.Message}", error);
    }

    /// <summary>Signals are the host's business, not the web server's.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
