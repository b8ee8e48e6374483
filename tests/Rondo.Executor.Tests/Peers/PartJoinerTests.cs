using Google.Protobuf;
using Rondo.Executor.Loop;
using Rondo.Executor.Peers;
using Rondo.Executor.Peers.V1;

namespace Rondo.Executor.Tests.Peers;

/// <summary>How slices become one piece of memory, and how much of it there is at most.</summary>
public sealed class PartJoinerTests
{
    private readonly ByteBudget _budget = new(10);

    [Theory]
    [InlineData(6)]
    [InlineData(0)]
    public void Slices_OfAMessage_AreJoinedWhetherItsLengthIsKnownOrNot(int length)
    {
        using var joiner = new PartJoiner(new ByteBudget(1 << 20));

        Assert.Null(joiner.Add(Slice("abc", length)));
        var whole = joiner.Add(Slice("def", last: true));

        Assert.Equal("abcdef"u8.ToArray(), whole!.Bytes.ToArray());
        Assert.Null(joiner.Add(Slice("x", length > 0 ? 2 : 0)));
        Assert.Equal("xy"u8.ToArray(), joiner.Add(Slice("y", last: true))!.Bytes.ToArray());
    }

    [Fact]
    public void Message_WithoutRoom_IsDroppedAndTheNextOneIsTakenOnceThereIsSome()
    {
        using var one = new PartJoiner(_budget);
        using var other = new PartJoiner(_budget);
        one.Add(Slice("abc", 6));

        Assert.Null(other.Add(Slice("abc", 6)));
        Assert.Null(other.Add(Slice("def", last: true)));
        Assert.Equal(1, other.Dropped);
        var whole = one.Add(Slice("def", last: true))!;
        Assert.Null(other.Add(Slice("abcdef", 6, last: true)));
        whole.Room.Dispose();

        Assert.NotNull(other.Add(Slice("abcdef", 6, last: true)));
    }

    [Fact]
    public void Message_LargerThanTheBound_IsTakenAlone()
    {
        using var joiner = new PartJoiner(_budget);
        using var other = new PartJoiner(_budget);

        Assert.Null(joiner.Add(Slice("abc", 12)));
        Assert.Null(other.Add(Slice("x", 1, last: true)));
        using (joiner.Add(Slice("defghijkl", last: true))!.Room) { }

        Assert.NotNull(other.Add(Slice("x", 1, last: true)));
    }

    [Fact]
    public void Message_GivenUpOrBegunAnew_LeavesNothingBehind()
    {
        using var joiner = new PartJoiner(_budget);

        joiner.Add(Slice("abc", 6));
        Assert.Null(joiner.Add(Slice("", last: true)));
        Assert.Equal(0, _budget.Used);
        joiner.Add(Slice("abc", 6));
        joiner.Add(Slice("uvw", 4));
        Assert.Equal("uvwx"u8.ToArray(), joiner.Add(Slice("x", last: true))!.Bytes.ToArray());

        joiner.Add(Slice("abc", 6));
        joiner.Dispose();
        Assert.Equal(4, _budget.Used);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(FrameCutter.MessageMaxBytes + 1)]
    [InlineData(2)]
    public void Message_OfAnotherLengthThanItMayHave_IsRefused(int length)
    {
        using var joiner = new PartJoiner(new ByteBudget(long.MaxValue));

        Assert.Throws<InvalidDataException>(() =>
        {
            joiner.Add(Slice("ab", length));
            joiner.Add(Slice("c"));
        });
    }

    private static Part Slice(string text, int length = 0, bool last = false) =>
        new()
        {
            Bytes = ByteString.CopyFromUtf8(text),
            Length = length,
            Last = last,
        };
}
