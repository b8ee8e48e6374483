using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Rondo.Executor.Handlers;
using Rondo.Executor.Http;

namespace Rondo.Executor.Hosting;

/// <summary>
/// An executor inside a web application. It opens before the application's own server does, takes up its jobs once it is known where that
/// one answers, and stops running jobs before it stops answering.
/// </summary>
internal sealed class HostedExecutor(
    IOptions<ExecutorOptions> options,
    IEnumerable<HandlerRegistration> handlers,
    IServiceProvider services,
    IServer server,
    ILoggerFactory loggers,
    TimeProvider time,
    ProcessEnd end
) : IHostedLifecycleService, IAsyncDisposable
{
    private volatile ExecutorEngine? _engine;

    /// <summary>The executor; null before the application has begun to start.</summary>
    public ExecutorEngine? Engine => _engine;

    /// <summary>What clients are answered.</summary>
    /// <exception cref="HttpProblem">It has not begun to start.</exception>
    public HttpApi Http => _engine?.Http ?? throw HttpProblem.Draining("this executor is starting; try again in a moment");

    /// <summary>True while it takes jobs.</summary>
    public bool IsReady => _engine?.Http.IsReady ?? false;

    /// <inheritdoc/>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        var table = new HandlerTable(handlers.Select(registration => registration.Bind(services)));
        _engine = await ExecutorEngine.OpenAsync(options.Value, table, loggers, end.Exit, time);
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        _engine!.Begin(AddressOf(_engine));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    /// <remarks>The token is cancelled when the application's own time to shut down is over: then the jobs' grace is over too.</remarks>
    public Task StoppingAsync(CancellationToken cancellationToken) => _engine?.StopAsync(cancellationToken) ?? Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => DisposeAsync().AsTask();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_engine is { } engine)
        {
            await engine.DisposeAsync();
        }
    }

    /// <summary>Where clients reach the application's server; without one that speaks TCP and plain HTTP, where the ring is reached.</summary>
    private string AddressOf(ExecutorEngine engine)
    {
        var ring = engine.RingAddress;
        var addresses = server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        foreach (var address in addresses)
        {
            if (
                address.StartsWith("http://", StringComparison.OrdinalIgnoreCase)
                && HostAndPort.TryParse(address["http://".Length..].TrimEnd('/'), out var bound)
            )
            {
                // A wildcard is no address for others; they reach this machine as they reach its ring port.
                var host = bound.IsWildcard && HostAndPort.TryParse(ring, out var reached) ? reached.Host : bound.Host;
                return Advertised.Address(options.Value.AdvertiseListen, bound with { Host = host });
            }
        }

        return options.Value.AdvertiseListen ?? ring;
    }
}

/// <summary>How a process that must not go on is ended.</summary>
internal sealed record ProcessEnd(Action<int> Exit);
