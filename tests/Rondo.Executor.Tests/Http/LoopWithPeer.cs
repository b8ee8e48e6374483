using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Rondo.Core;
using Rondo.Executor.Http.Forwarding;
using Rondo.Executor.Loop;

namespace Rondo.Executor.Tests.Http;

/// <summary>The loop around a real core, in a ring with another executor whose answers over HTTP a test makes up.</summary>
internal sealed class LoopWithPeer : IAsyncDisposable
{
    private readonly WebApplication _peer;
    private readonly Inbox _inbox = new();

    private LoopWithPeer(WebApplication peer, bool hasKeys, Func<Effect.FindKey, Input.KeyFound>? findKey)
    {
        _peer = peer;
        var clock = new LoopClock(TimeProvider.System);
        Loop = new ExecutorLoop(
            clock,
            _inbox,
            static _ => { },
            effect =>
            {
                if (effect is Effect.FindKey find)
                {
                    _inbox.Post(findKey?.Invoke(find) ?? new Input.KeyFound(find.Key, Known: null));
                }
            },
            static error => throw error
        );
        var recovered = new Recovered(0, 0, [MemberOf(Peer, new Uri(peer.Urls.First()).Authority)], []) { HasKeys = hasKeys };
        Loop.Start(new ExecutorCore(new CoreSettings { Self = MemberOf(Self, "127.0.0.1:1"), Slots = 1 }, recovered, clock.Now));
        Ring = new RingLookup(Loop, Self);
        Forwarder = new Forwarder(Self, Ring, NullLogger.Instance);
    }

    public static ExecutorId Self { get; } = ExecutorId.Parse("k7q2");

    public static ExecutorId Peer { get; } = ExecutorId.Parse("m3xd");

    public ExecutorLoop Loop { get; }

    public RingLookup Ring { get; }

    public Forwarder Forwarder { get; }

    /// <param name="answer">What the other executor answers.</param>
    /// <param name="hasKeys">True when keys of finished jobs are looked for in the store.</param>
    /// <param name="findKey">What is found there; null for nothing.</param>
    public static async Task<LoopWithPeer> StartAsync(
        RequestDelegate answer,
        bool hasKeys = false,
        Func<Effect.FindKey, Input.KeyFound>? findKey = null
    )
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(it => it.Protocols = HttpProtocols.Http2));
        var app = builder.Build();
        app.Run(answer);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new LoopWithPeer(app, hasKeys, findKey);
    }

    public async ValueTask DisposeAsync()
    {
        Loop.Stop();
        Forwarder.Dispose();
        await _peer.DisposeAsync();
    }

    private static Member MemberOf(ExecutorId id, string ringAddress) =>
        new()
        {
            Id = id,
            Incarnation = new Incarnation(1),
            Name = id.ToString(),
            RingAddress = ringAddress,
            HttpAddress = "127.0.0.1:2",
            Capabilities = new Capabilities(true, EquatableList<string>.Empty),
        };
}
