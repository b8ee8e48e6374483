using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rondo.Executor.Peers;

namespace Rondo.Executor.Hosting;

/// <summary>
/// Where other executors are answered: HTTP/2 on a port of its own, since without TLS one port cannot serve HTTP/1.1 as well, and apart
/// from whatever the application around an executor does to its own requests. The routes for clients answer here too, so that executors
/// can pass on what clients ask them.
/// </summary>
internal sealed class RingServer : IAsyncDisposable
{
    private const int RingStreamsMax = 10_000;
    private static readonly TimeSpan CloseGrace = TimeSpan.FromSeconds(2);

    private readonly WebApplication _app;

    private RingServer(WebApplication app, IPEndPoint address)
    {
        _app = app;
        Address = address;
    }

    /// <summary>Where it answers; the port is the real one.</summary>
    public IPEndPoint Address { get; }

    /// <summary>Binds the port and begins to answer.</summary>
    /// <param name="map">Adds what is answered beside the streams of executors.</param>
    /// <exception cref="StartupException">The port is taken, or the address is not this machine's.</exception>
    public static async Task<RingServer> StartAsync(
        IPEndPoint address,
        ILoggerFactory loggers,
        PeerNetwork peers,
        Action<WebApplication> map
    )
    {
        // Empty: no settings file or environment variable of the web framework has a say in the ring.
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
        builder.Services.Configure<SocketTransportOptions>(Sockets.WithoutDetours);
        builder
            .WebHost.UseKestrelCore()
            .ConfigureKestrel(kestrel =>
            {
                kestrel.AddServerHeader = false;
                kestrel.Limits.Http2.KeepAlivePingDelay = RingDialer.KeepAlive;
                kestrel.Limits.Http2.KeepAlivePingTimeout = RingDialer.KeepAlive;
                kestrel.Limits.Http2.MaxStreamsPerConnection = RingStreamsMax;
                kestrel.Listen(
                    address,
                    it =>
                    {
                        (bound = it).Protocols = HttpProtocols.Http2;
                        it.Use(
                            (connection, next) =>
                            {
                                RingSocket.Prepare(connection.Features.GetRequiredFeature<IConnectionSocketFeature>().Socket);
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
            throw CannotBind(nameof(ExecutorOptions.Ring), address, error);
        }

        return new RingServer(app, bound!.IPEndPoint!);
    }

    /// <summary>Takes no more requests, and ends those that are open after a moment.</summary>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    /// <summary>What an operator is told of a port that cannot be had.</summary>
    /// <param name="option">The option that names it.</param>
    public static StartupException CannotBind(string option, IPEndPoint address, Exception error) =>
        error.InnerException is AddressInUseException
            ? new StartupException(
                $"{option} '{address}' is taken by another program: stop that one, or choose another port (0 takes a free one)",
                error
            )
            : new StartupException($"{option} '{address}' cannot be used: {error.Message}", error);
}

/// <summary>Signals and the console are not this host's business.</summary>
internal sealed class NoLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
