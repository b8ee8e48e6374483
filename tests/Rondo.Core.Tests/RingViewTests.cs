namespace Rondo.Core.Tests;

/// <summary>Whom clients ask for a cron, by the ring as one executor tells it.</summary>
public sealed class RingViewTests
{
    private static readonly string[] Crons = [.. Enumerable.Range(0, 100).Select(i => $"nightly-{i}")];

    [Fact]
    public void Keeper_OfACron_IsAnyThatDoesNotDrain()
    {
        var all = Keepers(Of("a1", draining: false), Of("k1", draining: false), Of("z1", draining: false));
        var some = Keepers(Of("a1", draining: false), Of("k1", draining: true), Of("z1", draining: false));

        Assert.Equal(["a1", "k1", "z1"], all.Distinct().Order());
        Assert.Equal(["a1", "z1"], some.Distinct().Order());
        Assert.All(all.Zip(some), pair => Assert.True(pair.First == "k1" || pair.First == pair.Second));
    }

    [Fact]
    public void Keeper_WhereAllDrain_IsWhoItWasBefore() =>
        Assert.Equal(
            Keepers(Of("a1", draining: false), Of("z1", draining: false)),
            Keepers(Of("a1", draining: true), Of("z1", draining: true))
        );

    [Fact]
    public void Keeper_IsTheSameForClientsAndExecutors()
    {
        var settings = new CoreSettings { Self = Solo.MemberOf("a1"), Slots = 2 };
        var members = new Membership(settings, [Solo.MemberOf("k1"), Solo.MemberOf("z1")], default);

        Assert.Equal(
            Crons.Select(cron => members.KeeperOf(cron, leaving: false).Name),
            Keepers(Of("a1", draining: false), Of("k1", draining: false), Of("z1", draining: false))
        );
    }

    private static string[] Keepers(params RingMemberView[] executors)
    {
        var view = new RingView(executors, default, 0, null, null, 0);
        return [.. Crons.Select(cron => view.KeeperOf(cron).Name)];
    }

    private static RingMemberView Of(string id, bool draining) =>
        new(Solo.MemberOf(id), draining ? ExecutorState.Draining : ExecutorState.Alive, 0, 0, 2, draining);
}
