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
    private readonly Member _member;
    private readonly Inbox _inbox = new();

    private LoopWithPeer(WebApplication peer, bool hasKeys, Func<Effect.FindKey, Input.KeyFound>? findKey)
    {
        _peer = peer;
        _member = MemberOf(Peer, new Uri(peer.Urls.First()).Authority);
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
        var recovered = new Recovered(0, 0, [_member], []) { HasKeys = hasKeys };
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
        app.Run(context => context.Request.Path == "/health/live" ? Task.CompletedTask : answer(context));
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new LoopWithPeer(app, hasKeys, findKey);
    }

    /// <summary>Has an operator remove the other executor.</summary>
    public async Task RemovePeerAsync() =>
        Assert.IsType<Answer.Done>(
            await Loop.AskAsync(static request => new Input.Remove(request, Peer), TestContext.Current.CancellationToken)
        );

    /// <summary>Has the other executor come back, started again.</summary>
    public void ReturnPeer()
    {
        var again = _member with { Incarnation = new Incarnation(_member.Incarnation.Value + 1) };
        _inbox.Post(new Input.Received(Peer, new Message.Hello(1, new EquatableList<Member>([again]))));
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
