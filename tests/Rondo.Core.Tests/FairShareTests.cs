using System.Globalization;
using CsCheck;

namespace Rondo.Core.Tests;

public sealed class FairShareTests
{
    private static readonly Gen<LoadRow> AnyRow =
        from running in Gen.Int[0, 20]
        from waiting in Gen.Int[0, 200]
        from slots in Gen.Int[1, 16]
        from weight in Gen.Int[1, 5]
        from draining in Gen.Bool
        select new LoadRow(
            ExecutorId.Parse("x"),
            new Incarnation(1),
            running,
            waiting,
            slots,
            weight,
            draining,
            EquatableList<OnTheWay>.Empty,
            EquatableList<ExecutorId>.Empty
        );

    [Fact]
    public void Shares_OfAnyTable_AddUpToTheWholeLoad() =>
        AnyRow
            .Array[1, 300]
            .Sample(rows =>
            {
                var shares = FairShare.Of(rows, giver: 0);
                var takes = rows.Any(row => !row.Draining);
                Assert.Equal(takes ? rows.Sum(row => row.Load) : rows.Sum(row => row.Running), shares.Sum());
                Assert.All(
                    shares.Zip(rows),
                    pair =>
                        Assert.True(pair.Second.Draining ? pair.First == pair.Second.Running : pair.First >= 0, string.Join(' ', shares))
                );
            });

    /// <summary>
    /// What is left over goes to those with the most already, then to those where none waits, then in the order of the ring, and to whoever
    /// works it out last. Rows are written as running + waiting.
    /// </summary>
    [Theory]
    [InlineData("3+0 3+0 4+0", 0, "3 3 4")]
    [InlineData("4+0 3+0 3+0", 0, "4 3 3")]
    [InlineData("3+0 5+0 3+0", 2, "4 4 3")]
    [InlineData("3+0 5+0 3+0", 0, "3 4 4")]
    [InlineData("2+1 3+2 3+0", 1, "3 4 4")]
    [InlineData("3+0 3+2 2+1", 1, "4 4 3")]
    [InlineData("2+1 3+2 2+1", 1, "4 4 3")]
    [InlineData("2+1 3+2 2+1", 0, "3 4 4")]
    [InlineData("1+0 0+0 0+0", 0, "1 0 0")]
    [InlineData("0+0 0+0 0+0", 0, "0 0 0")]
    public void Remainder_GoesToWhereFewestJobsMove(string loads, int giver, string expected)
    {
        var rows = loads
            .Split(' ')
            .Select(load => load.Split('+').Select(number => int.Parse(number, CultureInfo.InvariantCulture)).ToArray())
            .Select(load => Solo.Row("x", load[0], load[1], slots: 4))
            .ToArray();

        Assert.Equal(expected, string.Join(' ', FairShare.Of(rows, giver)));
    }

    [Fact]
    public void Shares_OfEqualExecutors_DifferByAtMostOneButForWhatRuns() =>
        AnyRow
            .Array[1, 12]
            .Sample(rows =>
            {
                var equal = rows.Select(row => row with { Slots = 4, Weight = 1, Draining = false }).ToArray();
                var shares = FairShare.Of(equal, giver: 0);
                for (var i = 0; i < shares.Length; i++)
                {
                    var runs = Math.Min(equal[i].Running, 4);
                    Assert.True(shares[i] >= runs, string.Join(' ', shares));
                    Assert.True(shares[i] == runs || shares[i] <= shares.Min() + 1, string.Join(' ', shares));
                }
            });

    /// <summary>Worked out in another way: the level at which all slots that are filled up to it, by weight, hold what there is.</summary>
    [Fact]
    public void Shares_OfAnyTable_AreWithinOneOfTheWaterLevel() =>
        AnyRow
            .Array[1, 12]
            .Sample(rows =>
            {
                var shares = FairShare.Of(rows, giver: 0);
                var taking = Enumerable.Range(0, rows.Length).Where(i => !rows[i].Draining).ToArray();
                var total = rows.Sum(row => row.Load) - rows.Where(row => row.Draining).Sum(row => row.Running);
                var beyondSlots = total - taking.Sum(i => rows[i].Slots);
                foreach (var i in taking)
                {
                    var exact =
                        beyondSlots > 0
                            ? rows[i].Slots + ((double)beyondSlots * rows[i].Weight / taking.Sum(other => rows[other].Weight))
                            : Filled(rows[i], Level(taking.Select(other => rows[other]), total));
                    Assert.True(Math.Abs(shares[i] - exact) < 1 + 1e-6, $"{i}: {shares[i]} of {string.Join(' ', shares)}, not {exact}");
                }
            });

    private static double Level(IEnumerable<LoadRow> rows, double total)
    {
        var (low, high) = (0.0, 10_000.0);
        for (var step = 0; step < 100; step++)
        {
            var level = (low + high) / 2;
            (low, high) = rows.Sum(row => Filled(row, level)) < total ? (level, high) : (low, level);
        }

        return low;
    }

    private static double Filled(LoadRow row, double level) => Math.Clamp(level * row.Weight, Math.Min(row.Running, row.Slots), row.Slots);

    [Fact]
    public void Shares_OfOneMoreJob_GoToWhoRunsFewest() =>
        Assert.Equal(
            [2, 4, 2, 4],
            FairShare.Of([Row(running: 2, waiting: 1), Row(running: 4), Row(running: 1), Row(running: 4)], giver: 0)
        );

    [Fact]
    public void Shares_BesideADrainingExecutor_DoNotCountWhatRunsThere() =>
        Assert.Equal([4, 1, 1], FairShare.Of([Row(running: 4) with { Draining = true }, Row(waiting: 2), Row()], giver: 1));

    [Fact]
    public void Shares_WhileSlotsAreFree_LeaveNoSlotEmptyBesideAQueue() =>
        AnyRow
            .Array[1, 12]
            .Sample(rows =>
            {
                var taking = rows.Select(row => row with { Draining = false }).ToArray();
                var shares = FairShare.Of(taking, giver: 0);
                var total = taking.Sum(row => row.Load);
                var slots = taking.Sum(row => row.Slots);
                Assert.All(
                    shares.Zip(taking),
                    pair => Assert.True(total > slots ? pair.First >= pair.Second.Slots : pair.First <= pair.Second.Slots)
                );
            });

    [Fact]
    public void Shares_Remainder_GoesToThoseThatHaveMost() =>
        Assert.Equal([1, 2, 2, 1], FairShare.Of([Row(), Row(waiting: 2), Row(waiting: 4), Row()], giver: 1));

    [Fact]
    public void Shares_RemainderAmongEquals_StaysWhereNothingCanMove() =>
        Assert.Equal([1, 2, 1], FairShare.Of([Row(running: 1, waiting: 1), Row(running: 1) with { OnTheWay = _one }, Row()], giver: 0));

    [Theory]
    [InlineData(0, new[] { 1, 2, 1 })]
    [InlineData(1, new[] { 2, 1, 1 })]
    public void Shares_RemainderAmongEquals_IsGivenByWhoeverCanGiveNow(int giver, int[] shares) =>
        Assert.Equal(shares, FairShare.Of([Row(running: 1, waiting: 1), Row(running: 1, waiting: 1), Row()], giver));

    private static readonly EquatableList<OnTheWay> _one = new(new OnTheWay(ExecutorId.Parse("y"), new Incarnation(1), 7, 1));

    private static LoadRow Row(int running = 0, int waiting = 0) =>
        new(
            ExecutorId.Parse("x"),
            new Incarnation(1),
            running,
            waiting,
            8,
            1,
            Draining: false,
            EquatableList<OnTheWay>.Empty,
            EquatableList<ExecutorId>.Empty
        );
}
