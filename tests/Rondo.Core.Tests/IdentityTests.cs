namespace Rondo.Core.Tests;

/// <summary>Ids and numbers: how they are read and written, and which comes first.</summary>
public sealed class IdentityTests
{
    [Theory]
    [InlineData("k7q2")]
    [InlineData("a")]
    [InlineData("0")]
    [InlineData("z9z9z9z9")]
    public void ExecutorId_AsItIsWritten_IsReadAndWrittenTheSame(string text)
    {
        var id = ExecutorId.Parse(text);

        Assert.Equal(text, id.ToString());
        Assert.False(id.IsNone);
        Assert.True(ExecutorId.TryParse(text, out var again));
        Assert.Equal(id, again);
    }

    [Theory]
    [InlineData("")]
    [InlineData("K7q2")]
    [InlineData("k7-2")]
    [InlineData("k7q2 ")]
    [InlineData("ä")]
    [InlineData("k7q2k7q2k")]
    public void ExecutorId_ThatIsNone_IsRefusedWithWhatItShouldBe(string text)
    {
        Assert.False(ExecutorId.TryParse(text, out var id));
        Assert.True(id.IsNone);
        Assert.Equal(
            $"'{text}' is not an executor id: expected 1 to 8 characters of a-z and 0-9, such as k7q2",
            Assert.Throws<FormatException>(() => ExecutorId.Parse(text)).Message
        );
    }

    [Fact]
    public void JobId_ThatIsNone_IsRefusedWithWhatItShouldBe() =>
        Assert.Equal(
            "'k7q2' is not a job id: expected an executor id, a dash and a number, such as k7q2-42",
            Assert.Throws<FormatException>(() => JobId.Parse("k7q2")).Message
        );

    [Fact]
    public void JobId_WrittenAsBytes_IsItsTextOrDoesNotFit()
    {
        var id = JobId.Parse("k7q2-42");
        var exact = new byte[7];

        Assert.True(id.TryFormat(exact, out var written));
        Assert.Equal("k7q2-42"u8, exact.AsSpan(0, written));
        Assert.False(id.TryFormat(new byte[6], out _));
    }

    /// <summary>By character, a shorter one before what it begins; digits before letters.</summary>
    [Fact]
    public void ExecutorIds_AreOrderedByTheirCharacters() =>
        AssertOrder(
            [.. "0 9 a a0 aa ab b b1 zzzzzzzz".Split(' ').Select(text => ExecutorId.Parse(text))],
            (x, y) => new(x < y, x <= y, x > y, x >= y)
        );

    [Fact]
    public void JobIds_AreOrderedByHomeAndThenByNumber() =>
        AssertOrder([.. "a-2 a-10 a0-1 b-1 b-3".Split(' ').Select(text => JobId.Parse(text))], (x, y) => new(x < y, x <= y, x > y, x >= y));

    [Fact]
    public void Generations_AreOrderedByEpochAndThenByCreator() =>
        AssertOrder(
            [Solo.Generation(1, "z"), Solo.Generation(2, "a"), Solo.Generation(2, "b"), Solo.Generation(10, "a")],
            (x, y) => new(x < y, x <= y, x > y, x >= y)
        );

    [Fact]
    public void Incarnations_AreOrderedByTheirNumber() =>
        AssertOrder([new Incarnation(1), new Incarnation(2), new Incarnation(10)], (x, y) => new(x < y, x <= y, x > y, x >= y));

    [Fact]
    public void TransferNumbers_AreOrderedByTheirNumber() =>
        AssertOrder([new TransferNumber(0), new TransferNumber(1), new TransferNumber(12)], (x, y) => new(x < y, x <= y, x > y, x >= y));

    /// <summary>A home may hear of no handoff of 4,096, and its number is still higher than that of any copy; so is the one after.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4095)]
    [InlineData(4096)]
    [InlineData(70_000)]
    public void TransferNumber_AfterATakeBack_LeavesRoomForHandoffsThatTheHomeDidNotHearOf(int value)
    {
        var number = new TransferNumber(value);

        var first = number.AfterTakeBack;
        var second = first.AfterTakeBack;

        Assert.InRange(first.Value - value, 4097, 8192);
        Assert.InRange(second.Value - first.Value, 4097, 8192);
        Assert.Equal(value + 1, number.Next.Value);
        Assert.Equal(value - 1, number.Previous.Value);
    }

    [Fact]
    public void Numbers_AreWrittenAsPeopleReadThem() =>
        Assert.Equal(
            "7@k7q2 3 4 5",
            $"{Solo.Generation(7, "k7q2")} {new Incarnation(3)} {new Attempt(3).Next} {new TransferNumber(4).Next}"
        );

    private static void AssertOrder<T>(T[] ascending, Func<T, T, Order> compare)
        where T : IComparable<T>
    {
        for (var x = 0; x < ascending.Length; x++)
        {
            for (var y = 0; y < ascending.Length; y++)
            {
                Assert.Equal(new Order(x < y, x <= y, x > y, x >= y), compare(ascending[x], ascending[y]));
                Assert.Equal(Math.Sign(x.CompareTo(y)), Math.Sign(ascending[x].CompareTo(ascending[y])));
            }
        }
    }

    private readonly record struct Order(bool Less, bool AtMost, bool More, bool AtLeast);
}
