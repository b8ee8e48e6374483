using Microsoft.Extensions.Logging;
using Rondo.Core;
using Rondo.Executor.Handlers;
using Rondo.Executor.Http;
using Rondo.Executor.Loop;
using Rondo.Executor.Peers;
using Rondo.Executor.Running;
using Rondo.Storage;

namespace Rondo.Executor.Hosting;

/// <summary>One running executor: the store, the runner, the links, the loop and the web server, started and stopped in the right order.</summary>
public sealed class ExecutorHost : IAsyncDisposable
{
    private static readonly TimeSpan LastMessagesPatience = TimeSpan.FromSeconds(1);

    private readonly ExecutorOptions _options;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private readonly SqliteStore _store;
    private readonly Inbox _inbox = new();
    private readonly LoopClock _clock = new(TimeProvider.System);
    private readonly ExecutorLoop _loop;
    private readonly PeerNetwork _peers;
    private readonly JobRunner _runner;
    private readonly HttpApi _http;
    private readonly OldJobs _oldJobs;
    private readonly Lock _stopGate = new();
    private WebServer? _server;
    private Task? _stopped;

    private ExecutorHost(ExecutorOptions options, ILoggerFactory loggers, SqliteStore store, Action<int> exit)
    {
        (_options, _loggers, _store) = (options, loggers, store);
        _logger = loggers.CreateLogger<ExecutorHost>();
        var fatal = new FatalExit(_logger, loggers.Dispose, exit);
        var running = new CommandRunnerOptions { Executor = store.Id, DataDirectory = options.DataDirectory };
        var commands = new CommandRunner(running, _inbox.Post, loggers.CreateLogger<CommandRunner>());
        var handlers = new HandlerTable(Handler.Noop);
        _runner = new JobRunner(
            commands,
            new HandlerRunner(store.Id, handlers, _inbox.Post, TimeProvider.System, loggers.CreateLogger<HandlerRunner>())
        );
        _peers = new PeerNetwork(store.Id, store.Incarnation, _inbox, loggers.CreateLogger<PeerNetwork>());
        var outlet = new EffectOutlet(_peers, _runner, loggers.CreateLogger<ExecutorCore>());
        _loop = new ExecutorLoop(_clock, _inbox, store.Commit, outlet.Release, fatal.Now);
        _http = new HttpApi(store.Id, _loop, store.Reader, _runner, options.JobMaxBytes, loggers.CreateLogger<HttpApi>());
        _oldJobs = new OldJobs(store, options.KeepFinished, TimeProvider.System);
        _ = EndWhenStoreFailsAsync(fatal);
    }

    /// <summary>The executor's identity.</summary>
    public ExecutorId Id => _store.Id;

    /// <summary>This start of it.</summary>
    public Incarnation Incarnation => _store.Incarnation;

    /// <summary>Where clients reach it, as host:port.</summary>
    public string Address => Advertised.Address(_options.AdvertiseListen, _server!.Listen);

    /// <summary>Where other executors reach it, as host:port.</summary>
    public string RingAddress => Advertised.Address(_options.AdvertiseRing, _server!.Ring);

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
    /// Takes no more jobs, lets those that run go on for <see cref="ExecutorOptions.StopGrace"/>, interrupts the rest so that they run
    /// again later, and closes everything.
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
    internal static async Task<ExecutorHost> StartAsync(ExecutorOptions options, Action<int> exit)
    {
        if (options.Validate() is { Count: > 0 } problems)
        {
            throw new StartupException($"the options are not right:\n  {string.Join("\n  ", problems)}");
        }

        var loggers = ConsoleLog.Create(options.LogLevel);
        SqliteStore? store = null;
        ExecutorHost? host = null;
        try
        {
            store = SqliteStore.Open(options.DataDirectory);
            host = new ExecutorHost(options, loggers, store, exit);
            await host.OpenAsync();
            return host;
        }
        catch (Exception error)
        {
            if (host is not null)
            {
                await host.CloseAsync();
            }
            else
            {
                store?.Dispose();
                loggers.Dispose();
            }

            throw error is StoreException or PlatformNotSupportedException or InvalidOperationException
                ? new StartupException(error.Message, error)
                : error;
        }
    }

    private async Task OpenAsync()
    {
        // The ports first: the core tells the others where this executor is reached. Until it is there clients are told to come again.
        _server = await WebServer.StartAsync(Advertised.Bind(_options.Listen), Advertised.Bind(_options.Ring), _loggers, _peers, _http.Map);
        var settings = new CoreSettings
        {
            Self = new Member
            {
                Id = Id,
                Incarnation = Incarnation,
                Name = _options.Name,
                RingAddress = RingAddress,
                HttpAddress = Address,
                Capabilities = _runner.Capabilities,
            },
            Slots = _options.Slots,
            Weight = _options.Weight,
            Join = _options.Join,
            RescueAfter = _options.RescueAfter,
            MaxUnfinished = _options.MaxUnfinished,
            MaxUnfinishedBytes = _options.MaxUnfinishedBytes,
        };
        _loop.Start(new ExecutorCore(settings, _store.Load(), _clock.Now));
        _oldJobs.Start();
        _http.IsReady = true;
        HostLog.Started(_logger, Id, _options.Name, Incarnation, Address, RingAddress, Path.GetFullPath(_options.DataDirectory));
    }

    private async Task StopOnceAsync(CancellationToken hurry)
    {
        HostLog.Stopping(_logger, hurry.IsCancellationRequested ? TimeSpan.Zero : _options.StopGrace);
        _http.IsReady = false;
        _inbox.Post(new Input.Quiesce());
        var ended = _runner.ShutDownAsync(_options.StopGrace);
        await using (hurry.UnsafeRegister(static runner => _ = ((JobRunner)runner!).ShutDownAsync(TimeSpan.Zero), _runner))
        {
            await ended;
        }

        // Every end is in the inbox now: the loop takes it in, makes it durable, and tells whoever waits for it.
        await Task.Run(_loop.Stop, CancellationToken.None);
        await _peers.FlushAsync(LastMessagesPatience);
        HostLog.Stopped(_logger);
        await CloseAsync();
    }

    private async Task CloseAsync()
    {
        _peers.Dispose();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _http.Dispose();
        await Task.Run(_runner.Dispose, CancellationToken.None);
        await _oldJobs.DisposeAsync();
        _store.Dispose();
        _loggers.Dispose();
    }

    private async Task EndWhenStoreFailsAsync(FatalExit fatal) => fatal.Now(await _store.Failure);
}
