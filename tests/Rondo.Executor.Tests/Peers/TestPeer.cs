using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Rondo.Core;
using Rondo.Executor.Hosting;
using Rondo.Executor.Loop;
using Rondo.Executor.Peers;

namespace Rondo.Executor.Tests.Peers;

/// <summary>The links of one executor over real connections, without a core behind them.</summary>
internal sealed class TestPeer : IAsyncDisposable
{
    private static readonly IPEndPoint AnyPort = new(IPAddress.Loopback, 0);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Inbox _inbox = new();
    private readonly List<Input> _seen = [];
    private RingServer? _server;

    private TestPeer(string id, long incarnation)
    {
        Network = new PeerNetwork(ExecutorId.Parse(id), new Incarnation(incarnation), _inbox, NullLogger<PeerNetwork>.Instance);
        Id = ExecutorId.Parse(id);
        Incarnation = new Incarnation(incarnation);
    }

    public ExecutorId Id { get; }

    public Incarnation Incarnation { get; }

    public PeerNetwork Network { get; }

    public string Address => _server!.Address.ToString();

    public Member Member =>
        new()
        {
            Id = Id,
            Incarnation = Incarnation,
            Name = Id.ToString(),
            RingAddress = Address,
            HttpAddress = Address,
            Capabilities = new Capabilities(true, EquatableList<string>.Empty),
        };

    public static async Task<TestPeer> StartAsync(string id, long incarnation = 1, string? address = null)
    {
        var peer = new TestPeer(id, incarnation);
        var ring = address is null ? AnyPort : IPEndPoint.Parse(address);
        peer._server = await RingServer.StartAsync(ring, NullLoggerFactory.Instance, peer.Network, _ => { });
        return peer;
    }

    public void Send(TestPeer to, long nonce) => Network.Send(to.Member, new Message.Inquire(nonce));

    /// <summary>Waits until an input comes that the test looks for; inputs before it are passed over.</summary>
    public async Task<T> NextAsync<T>(Func<T, bool>? wanted = null)
        where T : Input
    {
        var limit = DateTime.UtcNow + Patience;
        while (DateTime.UtcNow < limit)
        {
            var batch = new List<Input>();
            await Task.Run(() => _inbox.Wait(TimeSpan.FromMilliseconds(100)));
            _inbox.Take(batch, 1);
            _seen.AddRange(batch);
            if (batch is [T input] && (wanted is null || wanted(input)))
            {
                return input;
            }
        }

        throw new TimeoutException($"{Id} saw only: {string.Join(", ", _seen)}");
    }

    /// <summary>
    /// Sends until it has come, as the core does: what is under way when a link breaks, or when a link could not be made in time, is gone.
    /// </summary>
    public async Task DeliverAsync(TestPeer to, long nonce)
    {
        var come = to.InquiryAsync(nonce);
        do
        {
            Send(to, nonce);
        } while (await Task.WhenAny(come, Task.Delay(TimeSpan.FromSeconds(1))) != come);

        await come;
    }

    public Task<Input.Received> InquiryAsync(long nonce) =>
        NextAsync<Input.Received>(input => input.Message is Message.Inquire inquire && inquire.Nonce == nonce);

    public async ValueTask DisposeAsync()
    {
        Network.Dispose();
        await _server!.DisposeAsync();
    }
}
