using System.Collections.Concurrent;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Rondo.Core;
using Rondo.Executor.Loop;
using Rondo.Executor.Peers.V1;

namespace Rondo.Executor.Peers;

/// <summary>All links to other executors: carries the core's messages out, and brings theirs to the inbox.</summary>
internal sealed class PeerNetwork : IDisposable
{
    /// <summary>The most executors that are linked, or were.</summary>
    public const int MaxPeers = 1_024;

    /// <summary>The most bytes of large messages that are on their way in, from all executors; at most an eighth of the memory that there is.</summary>
    public const long MaxJoiningBytes = 256L << 20;

    private readonly ByteBudget _joining = new(Math.Min(MaxJoiningBytes, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 8));
    private readonly Introduced _self;
    private readonly Inbox _inbox;
    private readonly ILogger _logger;
    private readonly RingDialer _dialer;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<ExecutorId, PeerLink> _links = new();

    // Who was found at an address that was greeted: bounded, since only the addresses of the join list are greeted.
    private readonly ConcurrentDictionary<string, ExecutorId> _found = new();
    private readonly ConcurrentDictionary<string, bool> _greeting = new();
    private readonly ConcurrentDictionary<string, string> _refused = new();
    private readonly ConcurrentDictionary<string, bool> _silent = new();

    public PeerNetwork(ExecutorId id, Incarnation incarnation, Inbox inbox, ILogger<PeerNetwork> logger)
    {
        _self = new Introduced(id, incarnation, (ulong)Random.Shared.NextInt64());
        _inbox = inbox;
        TryBring = input => inbox.TryPost(input);
        _logger = logger;
        _dialer = new RingDialer(_self, _stopping.Token);
    }

    /// <summary>Brings the core what a peer says, in place of the inbox; false when there is no room.</summary>
    public Func<Input, bool> TryBring { get; init; }

    /// <summary>
    /// Puts into a message that carries contents or outputs what is left out of it while it waits; null when nothing of it is left. May block.
    /// </summary>
    public Func<Message, LargeMessage?> OpenLarge { get; init; } = LargeParts.InMemory;

    /// <summary>Sends a message to a known executor, which may fail. Never blocks.</summary>
    public void Send(Member to, Message message) => LinkTo(to.Id).Post(to.RingAddress, message);

    /// <summary>Greets whoever is at an address, which may fail. Never blocks.</summary>
    public void Greet(string address, Message.Hello hello)
    {
        if (_found.TryGetValue(address, out var id) && (id == _self.Id || LinkTo(id).IsLive))
        {
            if (id != _self.Id)
            {
                LinkTo(id).Post(address, hello);
            }
        }
        else if (_greeting.TryAdd(address, true))
        {
            _ = GreetAsync(address, hello);
        }
    }

    /// <summary>Serves a stream that another executor opened, until it ends.</summary>
    /// <exception cref="RpcException">The stream is refused; the status says why.</exception>
    public async Task ServeAsync(
        IAsyncStreamReader<RingFrame> incoming,
        IServerStreamWriter<RingFrame> outgoing,
        string address,
        Action abort
    )
    {
        try
        {
            var remote = await FirstFrameAsync(incoming);
            CheckNotSelf(remote);
            CheckRoom(remote);
            var link = LinkTo(remote.Id);
            link.Check(remote);
            await outgoing.WriteAsync(_self.ToFrame());
            var stream = new RingStream(remote, dialled: false, incoming, outgoing, () => Task.CompletedTask, abort);
            link.Admit(stream);
            await link.ReadAsync(stream);
        }
        catch (IntroductionException refused)
        {
            if (!_stopping.IsCancellationRequested)
            {
                LogRefused(address, refused.Message);
            }

            throw new RpcException(new Status(StatusCode.FailedPrecondition, refused.Message));
        }
        catch (Exception broken) when (broken is IOException or InvalidOperationException)
        {
            // The other side ended before both were introduced; gRPC calls a stream that was reset an invalid operation.
            PeersLog.CannotReach(_logger, address, broken.Message);
            throw new RpcException(new Status(StatusCode.Unavailable, "the stream broke"));
        }
    }

    /// <summary>Waits until what was sent is written, as far as there is a link to write it to.</summary>
    public async Task FlushAsync(TimeSpan patience)
    {
        try
        {
            await Task.WhenAll(_links.Values.Select(link => link.FlushAsync())).WaitAsync(patience);
        }
        catch (TimeoutException)
        {
            // Whoever does not read now gets it from the next start.
        }
    }

    /// <summary>Closes all links.</summary>
    public void Dispose()
    {
        _stopping.Cancel();
        foreach (var link in _links.Values)
        {
            link.Abort();
        }
    }

    private PeerLink LinkTo(ExecutorId id) =>
        _links.GetOrAdd(
            id,
            static (id, it) =>
                new PeerLink(id, it._self, it._inbox, it.TryBring, it.OpenLarge, it._joining, it._dialer, it._logger, it._stopping.Token),
            this
        );

    private async Task GreetAsync(string address, Message.Hello hello)
    {
        RingStream? stream = null;
        try
        {
            stream = await _dialer.DialAsync(address);
            _found[address] = stream.Remote.Id;
            if (stream.Remote == _self)
            {
                // The join list may well name this executor too.
                stream.Abort();
                return;
            }

            CheckNotSelf(stream.Remote);
            var link = LinkTo(stream.Remote.Id);
            link.Admit(stream);
            link.Post(address, hello);
        }
        catch (IntroductionException refused)
        {
            LogRefused(address, refused.Message);
            stream?.Abort();
            return;
        }
        catch (Exception error)
        {
            LogUnreached(address, RingDialer.Explain(error));
            return;
        }
        finally
        {
            _greeting.TryRemove(address, out _);
        }

        await LinkTo(stream.Remote.Id).ReadAsync(stream);
    }

    private async Task<Introduced> FirstFrameAsync(IAsyncStreamReader<RingFrame> incoming)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        patience.CancelAfter(RingDialer.Patience);
        try
        {
            return await incoming.MoveNext(patience.Token)
                ? Introduced.From(incoming.Current)
                : throw new IntroductionException("the other side closed the stream without a word");
        }
        catch (OperationCanceledException)
        {
            throw new IntroductionException("the other side did not introduce itself in time");
        }
    }

    private void CheckNotSelf(Introduced remote)
    {
        if (remote.Id == _self.Id && remote != _self)
        {
            throw new IntroductionException(
                $"it calls itself {remote.Id} too: one of the two runs on a copy of the other's data directory; stop it and give it an empty one"
            );
        }
    }

    private void CheckRoom(Introduced remote)
    {
        if (_links.Count >= MaxPeers && !_links.ContainsKey(remote.Id))
        {
            throw new IntroductionException($"{_self.Id} has seen {MaxPeers} executors already and talks to no further one");
        }
    }

    /// <summary>One that never answered may be a slip of whoever wrote the address down: it is told once. One that did comes and goes.</summary>
    private void LogUnreached(string address, string why)
    {
        if (!_found.ContainsKey(address) && !_stopping.IsCancellationRequested && _silent.Count <= 1_000 && _silent.TryAdd(address, true))
        {
            PeersLog.NeverReached(_logger, address, why);
        }
        else
        {
            PeersLog.CannotReach(_logger, address, why);
        }
    }

    /// <summary>The same refusal repeats with every try: it is logged as an error once.</summary>
    private void LogRefused(string address, string why)
    {
        var host = address[..Math.Max(address.LastIndexOf(':'), 0)];
        if (_refused.Count > 1_000)
        {
            _refused.Clear();
        }

        if (_refused.TryGetValue(host, out var before) && before == why)
        {
            PeersLog.CannotReach(_logger, address, why);
            return;
        }

        _refused[host] = why;
        PeersLog.Refused(_logger, address, why);
    }
}
