using Grpc.Core;
using Grpc.Net.Client;
using Rondo.Core;
using Rondo.Executor.Peers;
using Rondo.Executor.Peers.V1;

namespace Rondo.Executor.Tests.Peers;

/// <summary>Links between executors over real loopback connections.</summary>
public sealed class PeerNetworkTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Send_NoLinkYet_DialsAndDeliversAndTheAnswerComesBackOnTheSameStream()
    {
        await using var a = await TestPeer.StartAsync("a1");
        await using var b = await TestPeer.StartAsync("b1");

        a.Send(b, 1);
        var received = await b.InquiryAsync(1);
        Assert.Equal(a.Id, received.From);
        // An address where nobody is: only the stream that a opened can carry this.
        b.Network.Send(a.Member with { RingAddress = "127.0.0.1:1" }, new Message.Inquire(2));

        Assert.Equal(b.Id, (await a.InquiryAsync(2)).From);
    }

    [Fact]
    public async Task LargeMessage_OnItsWay_IsToldOfAtBothEnds()
    {
        await using var a = await TestPeer.StartAsync("a1");
        await using var b = await TestPeer.StartAsync("b1");

        a.Network.Send(b.Member, OutboxTests.Result(10 * FrameCutter.FrameBytes));

        Assert.Equal(b.Id, (await a.NextAsync<Input.Transferring>()).Peer);
        Assert.Equal(a.Id, (await b.NextAsync<Input.Transferring>()).Peer);
        await b.NextAsync<Input.Received>(input => input.Message is Message.Result);
    }

    [Fact]
    public async Task Send_NobodyThere_IsABrokenLinkAtOnce()
    {
        await using var a = await TestPeer.StartAsync("a1");
        var b = await TestPeer.StartAsync("b1");
        var member = b.Member;
        await b.DisposeAsync();

        a.Network.Send(member, new Message.Wake());

        Assert.Equal(member.Id, (await a.NextAsync<Input.LinkBroken>()).Peer);
    }

    [Fact]
    public async Task Serve_StreamIsResetBeforeTheIntroduction_IsNoFailureOfThisExecutor()
    {
        await using var a = await TestPeer.StartAsync("a1");

        var refused = await Assert.ThrowsAsync<RpcException>(() =>
            a.Network.ServeAsync(new ResetStream(), null!, "127.0.0.1:1", () => { })
        );

        Assert.Equal(StatusCode.Unavailable, refused.StatusCode);
    }

    [Fact]
    public async Task Peer_Ends_LinkIsBrokenAndANewStartIsLinkedAgain()
    {
        await using var a = await TestPeer.StartAsync("a1");
        var b = await TestPeer.StartAsync("b1");
        a.Send(b, 1);
        await b.InquiryAsync(1);
        var address = b.Address;
        await b.DisposeAsync();
        Assert.Equal(b.Id, (await a.NextAsync<Input.LinkBroken>()).Peer);

        await using var again = await TestPeer.StartAsync("b1", incarnation: 2, address);
        a.Send(again, 2);
        await again.InquiryAsync(2);
    }

    [Fact]
    public async Task BothDialAtOnce_ManyTimes_EveryPairTalksBothWays()
    {
        for (var round = 0; round < 20; round++)
        {
            await using var a = await TestPeer.StartAsync("a1");
            await using var b = await TestPeer.StartAsync("b1");

            a.Send(b, 1);
            b.Send(a, 2);
            await b.InquiryAsync(1);
            await a.InquiryAsync(2);
            a.Send(b, 3);
            b.Send(a, 4);

            await b.InquiryAsync(3);
            await a.InquiryAsync(4);
        }
    }

    [Fact]
    public async Task Greet_AddressOfAnUnknownExecutor_DeliversTheHello()
    {
        await using var a = await TestPeer.StartAsync("a1");
        await using var b = await TestPeer.StartAsync("b1");
        var hello = new Message.Hello(7, new EquatableList<Member>(a.Member));

        a.Network.Greet(b.Address, hello);
        Assert.Equal(hello, (await b.NextAsync<Input.Received>()).Message);
        a.Network.Greet(b.Address, hello with { Nonce = 8 });

        Assert.Equal(hello with { Nonce = 8 }, (await b.NextAsync<Input.Received>()).Message);
        a.Network.Greet(a.Address, hello);
    }

    [Fact]
    public async Task LargeMessage_WithTokensBehindIt_ArrivesWhole()
    {
        await using var a = await TestPeer.StartAsync("a1");
        await using var b = await TestPeer.StartAsync("b1");
        var content = new byte[48 << 20];
        Random.Shared.NextBytes(content);
        var offer = new Message.Offer(
            new EquatableList<OfferedJob>(
                new OfferedJob(
                    JobId.Parse("a1-1"),
                    1,
                    new TransferNumber(1),
                    default,
                    0,
                    false,
                    DateTimeOffset.UnixEpoch,
                    new JobTerms { Kind = JobKind.Command, Summary = "cat" },
                    new JobContent(default, content)
                )
            )
        );

        a.Network.Send(b.Member, offer);
        a.Send(b, 1);

        var arrived = new List<Input.Received> { await b.NextAsync<Input.Received>(), await b.NextAsync<Input.Received>() };
        var got = Assert.Single(arrived.Select(input => input.Message).OfType<Message.Offer>());
        Assert.True(got.Jobs[0].Content.Input.Span.SequenceEqual(content));
    }

    [Theory]
    [InlineData("a1", 1, 1, "copy of the other's data directory")]
    [InlineData("b1", 1, 1, "copy of the other's data directory")]
    [InlineData("b1", 4, 1, "incarnation 4 of b1 is over")]
    [InlineData("c1", 1, 99, "ring protocol 99")]
    [InlineData("NOT AN ID", 1, 1, "which no executor can be")]
    public async Task Stream_FromSomeoneThatCannotBe_IsRefusedWithTheReason(string id, long incarnation, int protocol, string reason)
    {
        await using var a = await TestPeer.StartAsync("a1");
        await using var b = await TestPeer.StartAsync("b1", incarnation == 4 ? 5 : 1);
        b.Send(a, 1);
        await a.InquiryAsync(1);
        using var channel = GrpcChannel.ForAddress($"http://{a.Address}");
        using var call = new Rondo.Executor.Peers.V1.Ring.RingClient(channel).Connect(cancellationToken: Cancellation);

        var introduction = new Introduction
        {
            Executor = id,
            Incarnation = incarnation,
            Protocol = protocol,
            Instance = 42,
        };
        await call.RequestStream.WriteAsync(new RingFrame { Introduction = introduction }, Cancellation);
        var refused = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(Cancellation));

        Assert.Equal(StatusCode.FailedPrecondition, refused.StatusCode);
        Assert.Contains(reason, refused.Status.Detail, StringComparison.Ordinal);
        b.Send(a, 2);
        await a.InquiryAsync(2);
    }

    [Fact]
    public async Task Stream_OfANewerStart_ReplacesTheOlderWithoutABreak()
    {
        await using var a = await TestPeer.StartAsync("a1");
        await using var old = await TestPeer.StartAsync("b1", incarnation: 1);
        await using var young = await TestPeer.StartAsync("b1", incarnation: 2);
        old.Send(a, 1);
        await a.InquiryAsync(1);

        young.Send(a, 2);
        await a.InquiryAsync(2);
        a.Network.Send(young.Member, new Message.Inquire(3));

        await young.InquiryAsync(3);
        await old.NextAsync<Input.LinkBroken>();
    }

    [Fact]
    public async Task Stream_ThatCannotEvenBeBrokenOff_DoesNotEndTheWritingToItsPeer()
    {
        await using var a = await TestPeer.StartAsync("a1");
        await using var b = await TestPeer.StartAsync("b1", incarnation: 2);
        var ended = new EndedStream(new Introduced(b.Id, new Incarnation(1), 7).ToFrame());
        var served = a.Network.ServeAsync(ended, ended, "127.0.0.1:1", ended.Abort);
        a.Send(b, 1);
        await ended.Failed;

        await b.DeliverAsync(a, 2);
        await a.DeliverAsync(b, 3);

        await served.WaitAsync(Cancellation);
    }

    [Fact]
    public async Task Stream_WhereAWriteNeverEnds_HoldsUpNothingOnceANewStartIsLinked()
    {
        await using var a = await TestPeer.StartAsync("a1");
        await using var b = await TestPeer.StartAsync("b1", incarnation: 2);
        var stuck = new StuckStream(new Introduced(b.Id, new Incarnation(1), 7).ToFrame());
        var served = a.Network.ServeAsync(stuck, stuck, "127.0.0.1:1", stuck.Abort);
        a.Send(b, 1);
        await stuck.Writing.WaitAsync(Cancellation);

        await b.DeliverAsync(a, 2);
        await a.DeliverAsync(b, 3);

        await served.WaitAsync(Cancellation);
    }

    /// <summary>A stream that brings and takes the introduction; what comes of the next write is told by who derives from it.</summary>
    private abstract class IntroducedStream(RingFrame introduction) : IAsyncStreamReader<RingFrame>, IServerStreamWriter<RingFrame>
    {
        private readonly TaskCompletionSource<bool> _ended = new();
        private bool _read;
        private bool _written;

        public RingFrame Current => introduction;

        public WriteOptions? WriteOptions { get; set; }

        public async Task<bool> MoveNext(CancellationToken cancellationToken)
        {
            if (!_read)
            {
                return _read = true;
            }

            return await _ended.Task;
        }

        public Task WriteAsync(RingFrame message)
        {
            if (!_written)
            {
                _written = true;
                return Task.CompletedTask;
            }

            return WriteNextAsync();
        }

        protected abstract Task WriteNextAsync();

        protected bool End() => _ended.TrySetResult(false);
    }

    /// <summary>One of which the next write does not come to an end, not even when it is broken off.</summary>
    private sealed class StuckStream(RingFrame introduction) : IntroducedStream(introduction)
    {
        private readonly TaskCompletionSource _writing = new();

        public Task Writing => _writing.Task;

        public void Abort() => End();

        protected override Task WriteNextAsync()
        {
            _writing.TrySetResult();
            return new TaskCompletionSource().Task;
        }
    }

    /// <summary>One whose request has ended while it is still in use: it takes nothing more.</summary>
    private sealed class EndedStream(RingFrame introduction) : IntroducedStream(introduction)
    {
        private readonly TaskCompletionSource _failed = new();

        public Task Failed => _failed.Task;

        public void Abort()
        {
            if (!End())
            {
                return;
            }

            throw new ObjectDisposedException("the request");
        }

        protected override Task WriteNextAsync()
        {
            _failed.SetResult();
            throw new InvalidOperationException("Can't write the message because the request is complete.");
        }
    }

    /// <summary>What gRPC gives when the other side is killed as soon as it has connected.</summary>
    private sealed class ResetStream : IAsyncStreamReader<RingFrame>
    {
        public RingFrame Current => throw new InvalidOperationException();

        public Task<bool> MoveNext(CancellationToken cancellationToken) =>
            throw new InvalidOperationException("Can't read messages after the request is complete.");
    }
}
