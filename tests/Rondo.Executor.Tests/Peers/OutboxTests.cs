using Rondo.Core;
using Rondo.Executor.Loop;
using Rondo.Executor.Peers;
using Rondo.Wire;

namespace Rondo.Executor.Tests.Peers;

/// <summary>How messages become frames, and messages again.</summary>
public sealed class OutboxTests
{
    private readonly Outbox _outbox = new();

    [Fact]
    public void Frames_OfALargeMessage_CarryTheShortOnesBetween()
    {
        var cutter = new FrameCutter(_outbox, LargeParts.InMemory, static () => { });
        var joiner = new PartJoiner(new ByteBudget(long.MaxValue));
        var large = Result(7 * FrameCutter.FrameBytes);
        _outbox.Add(large);
        var read = new List<Message>();

        for (var i = 0; cutter.Next() is { } frame; i++)
        {
            Assert.True(frame.CalculateSize() <= FrameCutter.FrameMaxBytes);
            read.AddRange(frame.Messages.Select(bytes => MessageCodec.Decode(bytes.Span)!));
            if (frame.Part is { } part && joiner.Add(part) is { } whole)
            {
                read.Add(MessageCodec.DecodeInPlace(whole.Bytes)!);
            }

            if (i == 2)
            {
                _outbox.Add(new Message.Wake());
            }
        }

        Assert.Equal(2, read.Count);
        Assert.IsType<Message.Wake>(read[0]);
        var result = Assert.IsType<Message.Result>(read[1]);
        Assert.True(result.Jobs[0].Outcome.Output.Result.Span.SequenceEqual(large.Jobs[0].Outcome.Output.Result.Span));
    }

    [Fact]
    public void Rewind_HalfSent_BeginsTheMessageAgain()
    {
        var cutter = new FrameCutter(_outbox, LargeParts.InMemory, static () => { });
        _outbox.Add(Result(3 * FrameCutter.FrameBytes));
        cutter.Next();
        cutter.Next();

        cutter.Rewind();

        var joiner = new PartJoiner(new ByteBudget(long.MaxValue));
        JoinedMessage? whole = null;
        while (cutter.Next() is { } frame)
        {
            whole ??= joiner.Add(frame.Part);
        }

        Assert.IsType<Message.Result>(MessageCodec.DecodeInPlace(whole!.Bytes));
    }

    [Fact]
    public void Add_BulkBeyondTheBound_IsDroppedWhileShortOnesStillFit()
    {
        const int half = (int)Outbox.MaxBulkBytes / 2;
        Assert.True(_outbox.Add(Result(half, "k7q2-1")));
        Assert.True(_outbox.Add(Result(half, "k7q2-2")));

        Assert.False(_outbox.Add(Result(half, "k7q2-3")));
        Assert.True(_outbox.Add(new Message.Wake()));
    }

    [Fact]
    public void Add_ALargeOneThatStillWaitsOrIsBeingWritten_GoesOutOnce()
    {
        var cutter = new FrameCutter(_outbox, LargeParts.InMemory, static () => { });
        var large = Result(3 * FrameCutter.FrameBytes);
        Assert.True(_outbox.Add(large));
        Assert.True(_outbox.Add(large));
        cutter.Next();
        Assert.True(_outbox.Add(large));
        _outbox.Clear();
        Assert.True(_outbox.Add(large));

        Assert.Equal(1, Drain(cutter));

        _outbox.Add(large);
        Assert.Equal(1, Drain(cutter));
    }

    /// <returns>How many large messages are written to their end.</returns>
    private static int Drain(FrameCutter cutter)
    {
        var ends = 0;
        while (cutter.Next() is { } frame)
        {
            ends += frame.Part is { Last: true } ? 1 : 0;
        }

        return ends;
    }

    internal static Message.Result Result(int bytes, string id = "k7q2-1")
    {
        var output = new byte[bytes];
        Array.Fill(output, (byte)'x');
        var outcome = new Outcome
        {
            End = JobEnd.Succeeded,
            ExitCode = 0,
            Output = new JobOutput(output, default),
        };
        return new Message.Result(
            new EquatableList<JobResult>(
                new JobResult(JobId.Parse(id), default, new Attempt(1), 0, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, outcome)
            )
        );
    }
}
