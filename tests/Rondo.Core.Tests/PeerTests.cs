namespace Rondo.Core.Tests;

/// <summary>What is open between this executor and another, and when something is to be done about it.</summary>
public sealed class PeerTests
{
    private static readonly JobId Job = JobId.Parse("m1-7");
    private static readonly TimeSpan Now = TimeSpan.FromSeconds(100);
    private static readonly TimeSpan Never = TimeSpan.MaxValue;

    private static readonly Dictionary<string, Func<Peer, Outbox>> Boxes = new(StringComparer.Ordinal)
    {
        ["offers"] = peer => peer.Offers,
        ["results"] = peer => peer.Results,
        ["reports"] = peer => peer.Reports,
        ["cancels"] = peer => peer.Cancels,
        ["checks"] = peer => peer.Checks,
        ["awaits"] = peer => peer.Awaits,
        ["ends"] = peer => peer.Ends,
    };

    [Fact]
    public void Peer_ThatIsMissed_MayAnswerForAsLongAsThereIsPatience()
    {
        var peer = new Peer(Solo.MemberOf("a1")) { SuspectedSince = Now };
        Assert.True(peer.Suspected);

        Assert.True(peer.MayAnswer(TimeSpan.FromSeconds(2), Now + TimeSpan.FromSeconds(1.9)));
        Assert.False(peer.MayAnswer(TimeSpan.FromSeconds(2), Now + TimeSpan.FromSeconds(2)));
        peer.Suspected = false;
        Assert.True(peer.MayAnswer(TimeSpan.FromSeconds(2), Now + TimeSpan.FromSeconds(2)));
    }

    [Theory]
    [InlineData("offers", true)]
    [InlineData("results", true)]
    [InlineData("reports", true)]
    [InlineData("cancels", false)]
    [InlineData("checks", false)]
    [InlineData("awaits", false)]
    [InlineData("ends", false)]
    public void Peer_ThatAcknowledgesNothing_IsStalledByWhatHasToBeAcknowledgedAtOnce(string box, bool stalls)
    {
        var peer = Alive();
        Boxes[box](peer).Add(Job, Now);
        Assert.False(peer.IsStalled);

        var now = Now;
        while (!Boxes[box](peer).IsStalled)
        {
            now += TimeSpan.FromMilliseconds(100);
            Boxes[box](peer).TryTake(now, out _);
        }

        Assert.Equal(stalls, peer.IsStalled);
        peer.Settle(Never);
        Assert.Equal(stalls, peer.IsDue(now));
    }

    [Theory]
    [InlineData("offers", 0)]
    [InlineData("results", 0)]
    [InlineData("reports", 20)]
    [InlineData("cancels", 0)]
    [InlineData("checks", 0)]
    [InlineData("awaits", 0)]
    [InlineData("ends", 0)]
    public void Peer_IsDueWhenSomethingIsToBeToldToIt(string box, int delay)
    {
        var peer = Alive();
        Assert.Equal(Never, peer.Settle(Never));
        Assert.False(peer.IsDue(Now));

        Boxes[box](peer).Add(Job, Now);
        Assert.True(peer.IsDue(Now));

        var due = Now + TimeSpan.FromMilliseconds(delay);
        Assert.Equal(due, peer.Settle(Never));
        Assert.Equal(due, peer.DueAt);
        Assert.False(peer.IsDue(due - TimeSpan.FromMilliseconds(1)));
        Assert.True(peer.IsDue(due));

        // It was told; unless it acknowledges that, it is told again.
        Assert.True(Boxes[box](peer).TryTake(due, out _));
        Assert.Equal(due + Outbox.FirstResend, peer.Settle(Never));
        Boxes[box](peer).Remove(Job);
        Assert.True(peer.IsDue(due));
        Assert.Equal(Never, peer.Settle(Never));
    }

    [Fact]
    public void Peer_IsDueAtTheFirstOfAllItsDeadlines()
    {
        var peer = Alive();
        (peer.ProbeUntil, peer.AwaitAgainAt) = (Now + TimeSpan.FromSeconds(1), Now + TimeSpan.FromSeconds(2));
        Assert.Equal(Now + TimeSpan.FromSeconds(1), peer.Settle(Now));

        peer.ProbeUntil = Never;
        Assert.Equal(Now + TimeSpan.FromSeconds(2), peer.Settle(Now));
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 1)]
    public void Peer_ThatIsMissed_IsGreetedAndItsJobsAreTakenBackWhicheverComesFirst(int greeting, int rescue)
    {
        var peer = new Peer(Solo.MemberOf("a1")) { HelloAt = Now + TimeSpan.FromSeconds(greeting) };
        peer.Offers.Add(Job, Now);

        Assert.Equal(Now + TimeSpan.FromSeconds(1), peer.Settle(Now + TimeSpan.FromSeconds(rescue)));
        Assert.True(peer.IsDue(Now));
    }

    [Theory]
    [InlineData("offers")]
    [InlineData("results")]
    [InlineData("reports")]
    [InlineData("cancels")]
    [InlineData("checks")]
    [InlineData("awaits")]
    [InlineData("ends")]
    public void Peer_ThatIsBack_IsToldEverythingAgainAtOnce(string box)
    {
        var peer = Alive();
        var later = Now + TimeSpan.FromMilliseconds(30);
        Boxes[box](peer).Add(Job, Now);
        Assert.True(Boxes[box](peer).TryTake(later, out _));
        Assert.False(Boxes[box](peer).TryTake(later, out _));

        peer.SendAllAgain(later);

        Assert.True(Boxes[box](peer).TryTake(later, out var job));
        Assert.Equal(Job, job);
    }

    [Theory]
    [InlineData("offers")]
    [InlineData("results")]
    public void Peer_ThatIsStillBeingSentSomethingLarge_HasASecondMoreToAcknowledgeIt(string box)
    {
        var peer = Alive();
        Boxes[box](peer).Add(Job, Now);
        Boxes[box](peer).TryTake(Now, out _);

        peer.Postpone(Now + TimeSpan.FromMilliseconds(150));

        Assert.Equal(Now + TimeSpan.FromMilliseconds(1150), peer.Settle(Never));
    }

    private static Peer Alive() => new(Solo.MemberOf("a1")) { Suspected = false };
}
