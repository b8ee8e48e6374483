namespace Rondo.Core.Tests;

/// <summary>A ring of two releases: nobody is given a job whose terms it would ignore.</summary>
public sealed class EarlierReleaseTests
{
    private static readonly Generation High = Solo.Generation(9, "z1");

    [Fact]
    public void Job_WithTermsThatAnEarlierReleaseIgnores_IsNotHandedToIt()
    {
        var solo = WithEarlier("z1");
        solo.Submit();
        solo.Submit(TestExecutor.Command() with { TimeLimit = new TimeLimit(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)) });
        solo.Submit(TestExecutor.Command() with { Index = 7 });

        solo.ReceiveToken("z1", High, 3, Solo.Row("z1", 0, 0));

        Assert.Empty(solo.Sent<Message.Offer>("z1"));
    }

    [Fact]
    public void Job_WithTermsThatEveryReleaseKnows_IsHandedToAnEarlierOne()
    {
        var solo = WithEarlier("z1");
        solo.Submit();
        solo.Submit();

        solo.ReceiveToken("z1", High, 3, Solo.Row("z1", 0, 0));

        Assert.Single(solo.Sent<Message.Offer>("z1"));
    }

    [Fact]
    public void Member_ThatAnEarlierReleaseTellsOf_CountsAsNewOnceItTellsOfItself()
    {
        var solo = WithEarlier("z1");
        solo.Receive("z1", new Message.Hello(5, new EquatableList<Member>(Solo.MemberOf("z1"))));
        solo.Submit();
        solo.Submit(TestExecutor.Command() with { Index = 7 });

        solo.ReceiveToken("z1", High, 3, Solo.Row("z1", 0, 0));

        Assert.Single(solo.Sent<Message.Offer>("z1"));
    }

    /// <summary>An executor of one slot, and a peer that speaks the first version.</summary>
    private static Solo WithEarlier(string peer)
    {
        var member = Solo.MemberOf(peer);
        var earlier = member with { Capabilities = member.Capabilities with { Protocol = 1 } };
        var solo = new Solo(slots: 1);
        solo.Receive(peer, new Message.Hello(1, new EquatableList<Member>(earlier)));
        solo.Greeted(peer, 1, earlier);
        solo.Greeted(peer, 1, earlier);
        return solo.Forget();
    }
}
