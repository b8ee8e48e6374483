namespace Rondo.Core.Tests;

/// <summary>When what a peer has to be told is sent, and sent again, as acknowledgements come in between.</summary>
public sealed class OutboxTimingTests
{
    private static readonly JobId _first = JobId.Parse("a1-1");
    private static readonly JobId _second = JobId.Parse("a1-2");

    private readonly Outbox _box = new(TimeSpan.Zero);

    [Fact]
    public void Deadline_WhileTheWindowIsFull_IsThatOfTheNextRepetition()
    {
        for (var number = 1; number <= Outbox.Window + 1; number++)
        {
            _box.Add(new JobId(_first.Home, number), TimeSpan.Zero);
        }

        Assert.Equal(Outbox.Window, Taken(0).Length);

        Assert.Equal(Outbox.FirstResend, _box.NextDeadline);
    }

    [Fact]
    public void Item_AddedAnew_IsSentAtOnceAndThenRepeatedAsOne()
    {
        _box.Add(_first, TimeSpan.Zero);
        _box.Add(_first, TimeSpan.Zero);
        Assert.Equal([_first], Taken(0));

        _box.Add(_first, Ms(50));
        Assert.Equal([_first], Taken(50));
        Assert.Equal(1, _box.Count);

        Assert.Equal([_first], Taken(300));
    }

    // The first one would be repeated after 200 ms.
    [Theory]
    [InlineData(100)]
    [InlineData(200)]
    [InlineData(250)]
    public void Item_ThatFollowsOneThatIsAcknowledged_GetsItsWholeTime(int addedAt)
    {
        _box.Add(_first, TimeSpan.Zero);
        Taken(0);
        _box.Remove(_first);

        _box.Add(_second, Ms(addedAt));
        Assert.Equal([_second], Taken(addedAt));

        Assert.Empty(Taken(addedAt + 199));
        Assert.Equal([_second], Taken(addedAt + 200));
    }

    [Fact]
    public void Box_ThatIsSentAllAgain_SendsAtOnceWhatWasSentAndThenWhatWasNot()
    {
        var box = new Outbox(Ms(20));
        box.Add(_first, TimeSpan.Zero);
        Assert.True(box.TryTake(Ms(20), out _));
        box.Add(_second, Ms(25));

        box.SendAllAgain(Ms(30));

        Assert.Equal(Ms(30), box.NextDeadline);
        Assert.True(box.TryTake(Ms(30), out var one));
        Assert.True(box.TryTake(Ms(30), out var other));
        Assert.Equal((_first, _second), (one, other));
        Assert.False(box.TryTake(Ms(30), out _));
    }

    [Fact]
    public void Acknowledgement_OfOne_ShowsThatThePeerIsThereAndMakesTheNextRepetitionsFollowSooner()
    {
        _box.Add(_first, TimeSpan.Zero);
        _box.Add(_second, TimeSpan.Zero);
        foreach (var time in new[] { 0, 200, 600, 1400, 3000 })
        {
            Assert.False(_box.IsStalled);
            Assert.Equal([_first, _second], Taken(time));
        }

        Assert.True(_box.IsStalled);
        Assert.True(_box.Remove(_first));
        Assert.Equal(Ms(5000), _box.NextDeadline);
        Assert.False(_box.IsStalled);

        Assert.Equal([_second], Taken(5000));
        Assert.Empty(Taken(5399));
        Assert.Equal([_second], Taken(5400));
    }

    [Fact]
    public void Acknowledgement_ThatComesWithTheTimeToRepeat_CountsBeforeTheRepetition()
    {
        _box.Add(_first, TimeSpan.Zero);
        _box.Add(_second, TimeSpan.Zero);
        foreach (var time in new[] { 0, 200, 600 })
        {
            Taken(time);
        }

        _box.Remove(_first);

        Assert.Equal([_second], Taken(1400));
        Assert.Empty(Taken(1799));
        Assert.Equal([_second], Taken(1800));
    }

    [Fact]
    public void Removal_OfWhatIsNotThere_IsNone()
    {
        _box.Add(_first, TimeSpan.Zero);
        Assert.False(_box.Remove(_second));
        Assert.True(_box.Remove(_first));

        Assert.False(_box.Remove(_first));
    }

    [Fact]
    public void Box_WhoseNextDeadlineMayHaveChanged_SaysSo()
    {
        var told = 0;
        var box = new Outbox(TimeSpan.Zero, () => told++);
        bool IsToldOf(Action what)
        {
            var before = told;
            what();
            return told > before;
        }

        Assert.True(IsToldOf(() => box.Add(_first, TimeSpan.Zero)));
        Assert.True(box.TryTake(TimeSpan.Zero, out _));
        Assert.True(IsToldOf(() => box.Postpone(Ms(100))));
        Assert.True(IsToldOf(() => box.SendAllAgain(Ms(150))));
        Assert.True(IsToldOf(() => box.Remove(_first)));
        Assert.False(IsToldOf(() => box.Remove(_first)));
    }

    /// <summary>All that is due at a time, in milliseconds.</summary>
    private JobId[] Taken(int at)
    {
        var taken = new List<JobId>();
        while (_box.TryTake(Ms(at), out var id))
        {
            taken.Add(id);
        }

        return [.. taken];
    }

    private static TimeSpan Ms(int time) => TimeSpan.FromMilliseconds(time);
}
