using Rondo.Core;
using Rondo.Executor.Loop;
using Rondo.Executor.Peers;
using Rondo.Executor.Peers.V1;
using Rondo.Storage;
using Record = Rondo.Core.Record;

namespace Rondo.Executor.Tests.Peers;

/// <summary>Large contents and outputs on the way out of the store into frames.</summary>
public sealed class LargePartsTests : IDisposable
{
    private const int Bytes = 3_000_001;
    private static readonly ExecutorId Self = ExecutorId.Parse("k7q2");
    private static readonly JobId Held = JobId.Parse("m3xd-1");
    private static readonly JobId Own = JobId.Parse("k7q2-1");
    private static readonly JobTerms Terms = new() { Kind = JobKind.Command, Summary = "cat" };
    private static readonly DateTimeOffset At = DateTimeOffset.UnixEpoch;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("rondo-large-");
    private readonly SqliteStore _store;
    private readonly Outbox _outbox = new();
    private readonly SemaphoreSlim _wake = new(0);
    private readonly FrameCutter _cutter;
    private readonly PartJoiner _joiner = new(new ByteBudget(long.MaxValue));
    private readonly JobContent _content = new("{}"u8.ToArray(), Random(Bytes));
    private readonly JobOutput _output = new(Random(Bytes), Random(100_000), 7, 8, "text/plain");

    public LargePartsTests()
    {
        _store = SqliteStore.Open(_directory.FullName, new StoreOptions { NewId = Self });
        _ = _store.Load().Jobs.ToList();
        var large = new LargeParts(_store.Reader, failure => throw failure);
        _cutter = new FrameCutter(_outbox, large.Open, () => _wake.Release());
        _store.Commit([
            new Record.Accepted(Own, At, Terms, _content),
            new Record.Held(Held, At, Terms, _content, At, Held.Home, new TransferNumber(1), default, 0, false),
            new Record.Finished(Held, At, Self, new Attempt(1), 0, null, Succeeded(_output)),
        ]);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Message.Offer Offer =>
        new(
            new EquatableList<OfferedJob>(
                new OfferedJob(Own, 1, new TransferNumber(1), default, 0, false, At, Terms, new StoredContent(_content.Size))
                {
                    Retries = 2,
                }
            )
        );

    private Message.Result Result =>
        new(
            new EquatableList<JobResult>(
                new JobResult(Held, new TransferNumber(1), new Attempt(1), 0, null, At, Succeeded(new StoredOutput(_output.Size)))
            )
        );

    [Fact]
    public async Task OfferAndResult_OutOfTheStore_ArriveWithAllTheirBytes()
    {
        _outbox.Add(Offer);
        _outbox.Add(Result);

        var arrived = await DrainAsync();

        var offered = Assert.Single(Assert.IsType<Message.Offer>(arrived[0]).Jobs);
        Assert.Equal(Offer.Jobs[0] with { Content = offered.Content }, offered);
        Assert.True(offered.Content.Input.Span.SequenceEqual(_content.Input.Span));
        Assert.True(offered.Content.Definition.Span.SequenceEqual(_content.Definition.Span));
        var output = Assert.Single(Assert.IsType<Message.Result>(arrived[1]).Jobs).Outcome.Output;
        Assert.True(output.Result.Span.SequenceEqual(_output.Result.Span));
        Assert.True(output.Errors.Span.SequenceEqual(_output.Errors.Span));
        Assert.Equal((7, 8, "text/plain"), (output.ResultBytesDropped, output.ErrorBytesDropped, output.ResultType));
        Assert.Equal(2, arrived.Count);
    }

    [Fact]
    public async Task Result_ForgottenAmidIt_IsGivenUpAndTheNextMessageArrives()
    {
        _outbox.Add(Result);
        _outbox.Add(Offer);
        _joiner.Add((await NextAsync())!.Part);
        _cutter.Pause();
        _store.Commit([new Record.Dropped(Held, At)]);
        _store.Flush();

        Assert.IsType<Message.Offer>(Assert.Single(await DrainAsync()));
    }

    [Fact]
    public async Task Result_ForgottenBefore_IsPassedOver()
    {
        _store.Commit([new Record.Dropped(Held, At)]);
        _store.Flush();
        _outbox.Add(Result);
        _outbox.Add(Offer);

        var frames = 0;
        Assert.IsType<Message.Offer>(Assert.Single(await DrainAsync(() => frames++)));
        Assert.Equal((Bytes / FrameCutter.FrameBytes) + 1, frames);
    }

    public void Dispose()
    {
        _store.Dispose();
        _directory.Delete(recursive: true);
        _joiner.Dispose();
        _wake.Dispose();
    }

    private async Task<List<Message>> DrainAsync(Action? onFrame = null)
    {
        var messages = new List<Message>();
        while (await NextAsync() is { } frame)
        {
            onFrame?.Invoke();
            Assert.Empty(frame.Messages);
            if (_joiner.Add(frame.Part) is { } whole)
            {
                messages.Add(Rondo.Wire.MessageCodec.DecodeInPlace(whole.Bytes)!);
            }
        }

        return messages;
    }

    private async Task<RingFrame?> NextAsync()
    {
        while (true)
        {
            if (_cutter.Next() is { } frame)
            {
                return frame;
            }

            if (!_cutter.IsOpening)
            {
                return null;
            }

            await _wake.WaitAsync(Cancellation);
        }
    }

    private static Outcome Succeeded(JobOutput output) =>
        new()
        {
            End = JobEnd.Succeeded,
            ExitCode = 0,
            Output = output,
        };

    private static byte[] Random(int bytes)
    {
        var random = new byte[bytes];
        System.Random.Shared.NextBytes(random);
        return random;
    }
}
