using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rondo.Core;
using Rondo.Executor.Handlers;
using Rondo.Executor.Http;
using Rondo.Executor.Http.Reference;
using Rondo.Executor.Running.Linux;

namespace Rondo.Executor.Hosting;

/// <summary>A stand-alone executor: a web application of its own around what <c>AddRondo</c> and <c>MapRondo</c> give any application.</summary>
public sealed class ExecutorHost : IAsyncDisposable
{
    private static readonly TimeSpan CloseGrace = TimeSpan.FromSeconds(2);

    private readonly WebApplication _app;
    private readonly ILoggerFactory _loggers;
    private readonly HostedExecutor _executor;
    private readonly Lock _stopGate = new();
    private Task? _stopped;

    private ExecutorHost(WebApplication app, ILoggerFactory loggers)
    {
        (_app, _loggers) = (app, loggers);
        _executor = app.Services.GetRequiredService<HostedExecutor>();
    }

    internal ExecutorEngine Engine => _executor.Engine!;

    /// <summary>The executor's identity.</summary>
    public ExecutorId Id => Engine.Id;

    /// <summary>This start of it.</summary>
    public Incarnation Incarnation => Engine.Incarnation;

    /// <summary>Where clients reach it, as host:port.</summary>
    public string Address => Engine.Address;

    /// <summary>Where other executors reach it, as host:port.</summary>
    public string RingAddress => Engine.RingAddress;

    /// <summary>Starts an executor; it answers when this completes.</summary>
    /// <exception cref="StartupException">It cannot start; the message says why and what to do, about all options at once.</exception>
    public static Task<ExecutorHost> StartAsync(ExecutorOptions options) => StartAsync(options, FatalExit.ExitProcess);

    /// <summary>Runs an executor until SIGTERM or Ctrl-C, and stops it in an orderly way; a second signal cuts the grace short.</summary>
    /// <param name="ready">Called once it answers.</param>
    /// <returns>The exit code of the process.</returns>
    /// <exception cref="StartupException">It cannot start; the message says why and what to do.</exception>
    public static async Task<int> RunAsync(ExecutorOptions options, Action<ExecutorHost> ready)
    {
        using var signals = new StopSignals();
        await using var host = await StartAsync(options);
        ready(host);
        await signals.First;
        await host.StopAsync(signals.Second);
        return 0;
    }

    /// <summary>
    /// Takes no more jobs, hands those that wait to other executors (for one that it merely misses it waits two seconds), lets those that run go on for
    /// <see cref="ExecutorOptions.StopGrace"/>, interrupts the rest so that they run again later (one with <c>onExecutorLoss: fail</c> fails
    /// instead), and closes everything.
    /// </summary>
    /// <param name="hurry">Ends the grace early.</param>
    public Task StopAsync(CancellationToken hurry = default)
    {
        lock (_stopGate)
        {
            return _stopped ??= StopOnceAsync(hurry);
        }
    }

    /// <summary>Stops without a grace for running jobs, unless it was stopped already.</summary>
    public async ValueTask DisposeAsync() => await StopAsync(new CancellationToken(canceled: true));

    /// <inheritdoc cref="StartAsync(ExecutorOptions)"/>
    /// <param name="exit">Ends the process with a code; a test may do less.</param>
    /// <param name="time">The clock of crons; null for the real one.</param>
    internal static async Task<ExecutorHost> StartAsync(ExecutorOptions options, Action<int> exit, TimeProvider? time = null)
    {
        TimeSlice.Shorten();
        if (options.Validate() is { Count: > 0 } problems)
        {
            throw new StartupException($"the options are not right:\n  {string.Join("\n  ", problems)}");
        }

        // One more than usual: one thread at a time may wait for the disk (see ExecutorLoop), and the ring must not wait with it.
        ThreadPool.GetMinThreads(out _, out var completions);
        ThreadPool.SetMinThreads(Environment.ProcessorCount + 1, completions);
        var loggers = ConsoleLog.Create(options.LogLevel);
        var host = new ExecutorHost(Build(options, loggers, exit, time ?? TimeProvider.System), loggers);
        try
        {
            await host._app.StartAsync();
            return host;
        }
        catch (Exception error)
        {
            await host.DisposeAsync();
            throw error is IOException or SocketException
                ? RingServer.CannotBind(nameof(ExecutorOptions.Listen), Advertised.Bind(options.Listen), error)
                : error;
        }
    }

    private static WebApplication Build(ExecutorOptions options, ILoggerFactory loggers, Action<int> exit, TimeProvider time)
    {
        // Empty: no settings file or environment variable of the web framework has a say in an executor.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.Services.AddLogging();
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.AddSingleton(Microsoft.Extensions.Options.Options.Create(options));
        builder.Services.AddSingleton(new ProcessEnd(exit));
        builder.Services.AddSingleton(time);
        builder.Services.AddExecutor().Add(Handler.Noop);
        builder.Services.Configure<SocketTransportOptions>(Sockets.WithoutDetours);
        builder
            .WebHost.UseKestrelCore()
            .ConfigureKestrel(kestrel =>
            {
                kestrel.AddServerHeader = false;
                kestrel.Listen(Advertised.Bind(options.Listen), it => it.Protocols = HttpProtocols.Http1);
            });
        var app = builder.Build();
        app.UseProblems(loggers.CreateLogger<ExecutorHost>());
        app.UseRouting();
        app.MapRondo();
        app.MapRondoReference();
        app.MapReferenceAtRoot();
        var executor = app.Services.GetRequiredService<HostedExecutor>();
        app.MapHealth(() => executor.Http);
        return app;
    }

    private async Task StopOnceAsync(CancellationToken hurry)
    {
        await _executor.StoppingAsync(hurry);
        using var patience = new CancellationTokenSource(CloseGrace);
        await _app.StopAsync(patience.Token);
        await _app.DisposeAsync();
        _loggers.Dispose();
    }
}
