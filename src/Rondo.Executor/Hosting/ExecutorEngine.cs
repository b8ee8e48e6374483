using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Rondo.Core;
using Rondo.Executor.Crons;
using Rondo.Executor.Handlers;
using Rondo.Executor.Http;
using Rondo.Executor.Http.Forwarding;
using Rondo.Executor.Http.Keys;
using Rondo.Executor.Loop;
using Rondo.Executor.Peers;
using Rondo.Executor.Running;
using Rondo.Storage;

namespace Rondo.Executor.Hosting;

/// <summary>
/// One executor but for its door to clients: the store, the runner, the links, the loop and the ring's server, opened, begun and stopped
/// in the right order.
/// </summary>
internal sealed class ExecutorEngine : IAsyncDisposable
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
    private readonly OldJobs _oldJobs;
    private readonly StoreQuestions _questions;
    private readonly CronClock _cronClock;
    private readonly Lock _stopGate = new();
    private RingServer? _ring;
    private Task? _stopped;
    private Task? _closed;

    private ExecutorEngine(
        ExecutorOptions options,
        HandlerTable handlers,
        ILoggerFactory loggers,
        SqliteStore store,
        Action<int> exit,
        TimeProvider time
    )
    {
        (_options, _loggers, _store) = (options, loggers, store);
        _logger = loggers.CreateLogger<ExecutorHost>();
        var fatal = new FatalExit(_logger, loggers.Dispose, exit);
        _runner = new JobRunner(
            options.RunCommands ? Commands() : null,
            new HandlerRunner(
                store.Id,
                handlers,
                _inbox.Post,
                said => _inbox.TryPost(said),
                TimeProvider.System,
                loggers.CreateLogger<HandlerRunner>()
            )
            {
                ResultMaxBytes = options.OutputMaxBytes,
            },
            store.Reader.ReadContent,
            _inbox.Post
        );
        var large = new LargeParts(store.Reader, fatal.Now);
        _peers = new PeerNetwork(store.Id, store.Incarnation, _inbox, loggers.CreateLogger<PeerNetwork>())
        {
            OpenLarge = large.Open,
            TryBring = input => _loop!.TryBring(input, mayCommit: false),
        };
        _questions = new StoreQuestions(store.Reader, store.Id, _inbox.Post, loggers.CreateLogger<StoreQuestions>())
        {
            AskElsewhere = (keys, members, cancellationToken) => KeyLookup.FindAsync(Http!.Forwarder, keys, members, cancellationToken),
        };
        var outlet = new EffectOutlet(_peers, _runner, _questions, loggers.CreateLogger<ExecutorCore>());
        _loop = new ExecutorLoop(_clock, _inbox, store.Commit, outlet.Release, fatal.Now)
        {
            Room = new DiskRoom(store.Space, Path.GetFullPath(options.DataDirectory), loggers.CreateLogger<ExecutorLoop>()),
        };
        Http = new HttpApi(
            store.Id,
            store.Incarnation,
            _loop,
            store.Reader,
            _runner,
            options.JobMaxBytes,
            time,
            loggers.CreateLogger<HttpApi>()
        );
        var cronLog = loggers.CreateLogger<CronClock>();
        var copies = new CronCopies(Http.Crons, new RingLookup(_loop, store.Id), Http.Forwarder, store.Id, time, cronLog);
        _cronClock = new CronClock(_loop, Http.Crons, copies, Http.Forwarder, store.Id, time, cronLog);
        Http.Crons.Changed = _cronClock.Wake;
        _oldJobs = new OldJobs(store, options.KeepFinished, options.KeepFinishedBytes, TimeProvider.System);
        _ = EndWhenStoreFailsAsync(fatal);
    }

    /// <summary>The executor's identity.</summary>
    public ExecutorId Id => _store.Id;

    /// <summary>This start of it.</summary>
    public Incarnation Incarnation => _store.Incarnation;

    /// <summary>What clients are answered; until <see cref="Begin"/> they are told to come again.</summary>
    public HttpApi Http { get; }

    /// <summary>Where clients reach it, as host:port. Known from <see cref="Begin"/> on.</summary>
    public string Address { get; private set; } = "";

    /// <summary>Where other executors reach it, as host:port.</summary>
    public string RingAddress => Advertised.Address(_options.AdvertiseRing, _ring!.Address);

    /// <summary>Where this process itself reaches the ring's server.</summary>
    public System.Net.IPEndPoint LocalRingAddress => Advertised.Local(_ring!.Address);

    /// <summary>Opens the store and the ring's port.</summary>
    /// <param name="exit">Ends the process with a code.</param>
    /// <exception cref="StartupException">It cannot start; the message says why and what to do.</exception>
    public static async Task<ExecutorEngine> OpenAsync(
        ExecutorOptions options,
        HandlerTable handlers,
        ILoggerFactory loggers,
        Action<int> exit,
        TimeProvider time
    )
    {
        SqliteStore? store = null;
        ExecutorEngine? engine = null;
        try
        {
            store = SqliteStore.Open(options.DataDirectory, new StoreOptions { LoadMaxBytes = LargeParts.InMemoryMaxBytes });
            engine = new ExecutorEngine(options, handlers, loggers, store, exit, time);
            engine._ring = await RingServer.StartAsync(Advertised.Bind(options.Ring), loggers, engine._peers, engine.MapForRing);
            return engine;
        }
        catch (Exception error)
        {
            if (engine is not null)
            {
                await engine.DisposeAsync();
            }
            else
            {
                store?.Dispose();
            }

            throw error is StoreException or PlatformNotSupportedException or InvalidOperationException
                ? new StartupException(error.Message, error)
                : error;
        }
    }

    /// <summary>Takes up the jobs and joins the ring, now that it is known where clients are answered.</summary>
    /// <param name="address">Where clients reach it, as host:port: the others are told.</param>
    /// <exception cref="StartupException">A job in the store is damaged.</exception>
    public void Begin(string address)
    {
        Address = address;
        _runner.Announce(address);
        var settings = new CoreSettings
        {
            Self = new Member
            {
                Id = Id,
                Incarnation = Incarnation,
                Name = _options.Name,
                RingAddress = RingAddress,
                HttpAddress = Address,
                Capabilities = _runner.Capabilities with { Labels = Labels() },
            },
            Slots = _options.Slots,
            Weight = _options.Weight,
            Join = [.. _options.Join],
            RescueAfter = _options.RescueAfter,
            MaxUnfinished = _options.MaxUnfinished,
            MaxUnfinishedBytes = _options.MaxUnfinishedBytes,
            KeepFinished = _options.KeepFinished == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : _options.KeepFinished,
            InMemoryMaxBytes = LargeParts.InMemoryMaxBytes,
        };
        try
        {
            _loop.Start(new ExecutorCore(settings, _store.Load(), _clock.Now));
        }
        catch (StoreException damaged)
        {
            throw new StartupException(damaged.Message, damaged);
        }

        _oldJobs.Start();
        _questions.Start();
        _cronClock.Start();
        Http.IsReady = true;
        HostLog.Started(_logger, Id, _options.Name, Incarnation, Address, RingAddress, Path.GetFullPath(_options.DataDirectory));
    }

    /// <summary>
    /// Takes no more jobs, hands those that wait to other executors (for one that it merely misses it waits two seconds), lets those that run go on for
    /// <see cref="ExecutorOptions.StopGrace"/>, interrupts the rest so that they run again later (one with <c>onExecutorLoss: fail</c> fails
    /// instead), and tells everybody. Clients are still answered until it is disposed of.
    /// </summary>
    /// <param name="hurry">Ends the grace early.</param>
    public Task StopAsync(CancellationToken hurry)
    {
        lock (_stopGate)
        {
            return _stopped ??= StopOnceAsync(hurry);
        }
    }

    /// <summary>Stops without a grace for running jobs, unless it was stopped already, and closes everything.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(new CancellationToken(canceled: true));
        lock (_stopGate)
        {
            _closed ??= CloseAsync();
        }

        await _closed;
    }

    private void MapForRing(WebApplication app)
    {
        app.UseProblems(_logger);
        app.UseRouting();
        app.MapHttpApi(() => Http, _logger);
        app.MapHealth(() => Http);
    }

    private EquatableList<Label> Labels() =>
        new([.. _options.Labels.Select(label => new Label(label.Key, label.Value)).OrderBy(label => label.Key, StringComparer.Ordinal)]);

    private CommandRunner Commands()
    {
        var running = new CommandRunnerOptions
        {
            Executor = _store.Id,
            DataDirectory = _options.DataDirectory,
            OutputMaxBytes = _options.OutputMaxBytes,
        };
        return new CommandRunner(
            running,
            _inbox.Post,
            _loggers.CreateLogger<CommandRunner>(),
            said => _inbox.TryPost(said),
            _inbox.HasRoomForOutput
        );
    }

    private async Task StopOnceAsync(CancellationToken hurry)
    {
        if (!_loop.IsStarted)
        {
            return;
        }

        HostLog.Stopping(_logger, DurationText.Of(hurry.IsCancellationRequested ? TimeSpan.Zero : _options.StopGrace));
        Http.IsReady = false;
        var handedOver = HandOverAsync(hurry);
        var ended = _runner.ShutDownAsync(_options.StopGrace);
        await using (hurry.UnsafeRegister(static runner => _ = ((JobRunner)runner!).ShutDownAsync(TimeSpan.Zero), _runner))
        {
            await ended;
        }

        await handedOver;

        // Every end is in the inbox now: the loop takes it in, makes it durable, and tells whoever waits for it.
        await Task.Run(_loop.Stop, CancellationToken.None);
        await _peers.FlushAsync(LastMessagesPatience);
        HostLog.Stopped(_logger);
    }

    /// <summary>Hands over what waits, as far as others take it within the grace: the rest stays in the store, and runs later.</summary>
    private async Task HandOverAsync(CancellationToken hurry)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(hurry);
        limit.CancelAfter(_options.StopGrace);
        try
        {
            await _loop.AskAsync(static request => new Input.Quiesce(request), limit.Token);
        }
        catch (OperationCanceledException)
        {
            // The time is over.
        }
    }

    private async Task CloseAsync()
    {
        _peers.Dispose();
        if (_ring is not null)
        {
            await _ring.DisposeAsync();
        }

        await _cronClock.DisposeAsync();
        await _questions.DisposeAsync();
        Http.Dispose();
        await Task.Run(_runner.Dispose, CancellationToken.None);
        await _oldJobs.DisposeAsync();
        _store.Dispose();
    }

    private async Task EndWhenStoreFailsAsync(FatalExit fatal) => fatal.Now(await _store.Failure);
}
