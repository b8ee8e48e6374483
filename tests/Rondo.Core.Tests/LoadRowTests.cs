namespace Rondo.Core.Tests;

/// <summary>What the rows of the load table say.</summary>
public sealed class LoadRowTests
{
    [Theory]
    [InlineData(0, 0, 0, false)]
    [InlineData(0, 1, 0, true)]
    [InlineData(2, 0, 0, false)]
    [InlineData(1, 0, 1, false)]
    [InlineData(1, 0, 2, true)]
    [InlineData(3, 0, 0, true)]
    public void SomeWait_WhereJobsWaitOrWillWhenTheyArrive(int running, int waiting, int onTheWay, bool someWait)
    {
        var row = Row(running, waiting, onTheWay);

        Assert.Equal(someWait, row.SomeWait);
        Assert.Equal(running + waiting + onTheWay, row.Load);
    }

    [Theory]
    [InlineData(2, 8, 0, true)]
    [InlineData(2, 6, 2, true)]
    [InlineData(2, 7, 0, false)]
    [InlineData(1, 20, 0, false)]
    public void Plenty_IsFourForEachSlotBesidesThoseThatRun(int running, int waiting, int onTheWay, bool hasPlenty) =>
        Assert.Equal(hasPlenty, Row(running, waiting, onTheWay).HasPlenty);

    [Fact]
    public void AllHavePlenty_UnlessOneThatTakesJobsHasNot()
    {
        var full = Row(2, 8, 0);
        var empty = Row(0, 0, 0);

        Assert.True(Table(full, full).AllHavePlenty());
        Assert.False(Table(full, empty).AllHavePlenty());
        Assert.True(Table(full, empty with { Draining = true }).AllHavePlenty());
        Assert.False(Table(full with { Draining = true }, empty).AllHavePlenty());
    }

    private static EquatableList<LoadRow> Table(params LoadRow[] rows) => new(rows);

    private static LoadRow Row(int running, int waiting, int onTheWay) =>
        Solo.Row("a1", running, waiting) with
        {
            OnTheWay = new EquatableList<OnTheWay>([
                .. Enumerable.Range(0, onTheWay).Select(i => new OnTheWay(ExecutorId.Parse("z1"), new Incarnation(1), i, 1)),
            ]),
        };
}
