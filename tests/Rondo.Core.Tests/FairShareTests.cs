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
            .Array[1, 12]
            .Sample(rows =>
            {
                var shares = FairShare.Of(rows);
                var takes = rows.Any(row => !row.Draining);
                Assert.Equal(takes ? rows.Sum(row => row.Load) : 0, shares.Sum());
                Assert.All(shares.Zip(rows), pair => Assert.True(pair.First >= 0 && (!pair.Second.Draining || pair.First == 0)));
            });

    [Fact]
    public void Shares_OfEqualExecutors_DifferByAtMostOne() =>
        AnyRow
            .Array[1, 12]
            .Sample(rows =>
            {
                var shares = FairShare.Of([.. rows.Select(row => row with { Slots = 4, Weight = 1, Draining = false })]);
                Assert.True(shares.Max() - shares.Min() <= 1, string.Join(' ', shares));
            });

    [Fact]
    public void Shares_WhileSlotsAreFree_LeaveNoSlotEmptyBesideAQueue() =>
        AnyRow
            .Array[1, 12]
            .Sample(rows =>
            {
                var taking = rows.Select(row => row with { Draining = false }).ToArray();
                var shares = FairShare.Of(taking);
                var total = taking.Sum(row => row.Load);
                var slots = taking.Sum(row => row.Slots);
                Assert.All(
                    shares.Zip(taking),
                    pair => Assert.True(total > slots ? pair.First >= pair.Second.Slots : pair.First <= pair.Second.Slots)
                );
            });

    [Fact]
    public void Shares_Remainder_GoesToThoseThatHaveMost()
    {
        LoadRow Row(int waiting) =>
            new(
                ExecutorId.Parse("x"),
                new Incarnation(1),
                0,
                waiting,
                8,
                1,
                Draining: false,
                EquatableList<OnTheWay>.Empty,
                EquatableList<ExecutorId>.Empty
            );

        Assert.Equal([1, 2, 2, 1], FairShare.Of([Row(0), Row(2), Row(4), Row(0)]));
    }
}
