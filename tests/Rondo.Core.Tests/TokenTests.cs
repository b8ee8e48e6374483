namespace Rondo.Core.Tests;

/// <summary>The token's rules, one by one.</summary>
public sealed class TokenTests
{
    private static readonly Generation High = Solo.Generation(9, "a1");

    [Fact]
    public void Token_ForAnEarlierIncarnation_IsRefusedWithTheCurrentOne()
    {
        var solo = new Solo().With("a1");

        solo.Receive("a1", new Message.Pass(new Incarnation(4), new Token(High, 3, 7, 0, EquatableList<LoadRow>.Empty)));

        Assert.Equal(new Message.Nack(High, 3, new Incarnation(5)), Assert.Single(solo.Sent<Message.Nack>("a1")));
        Assert.Empty(solo.Sent<Message.Ack>("a1"));
        Assert.Empty(solo.Sent<Message.Pass>("a1"));
    }

    [Fact]
    public void Token_OfALowerGenerationThanSeen_Dies()
    {
        var solo = new Solo().With("a1");
        solo.ReceiveToken("a1", High, 3);
        solo.Forget();

        solo.ReceiveToken("a1", Solo.Generation(8, "z1"), 50);

        Assert.Equal(High, Assert.Single(solo.Sent<Message.Stale>("a1")).Seen);
        Assert.Empty(solo.Sent<Message.Pass>("a1"));
    }

    [Fact]
    public void Token_ReceivedTwice_IsAcknowledgedTwiceAndPassedOnce()
    {
        var solo = new Solo().With("a1", "z1");

        solo.ReceiveToken("a1", High, 3);
        solo.ReceiveToken("a1", High, 3);

        Assert.Equal(2, solo.Sent<Message.Ack>("a1").Count());
        Assert.Equal(4, Assert.Single(solo.Sent<Message.Pass>("z1")).Token.Hop);
    }

    [Fact]
    public void Pass_NotAcknowledged_IsRepeatedUnchangedThenSkipsWithANewGeneration()
    {
        var solo = new Solo().With("a1", "z1");
        solo.ReceiveToken("a1", High, 3);

        solo.Wait(TimeSpan.FromMilliseconds(279));
        Assert.Equal(3, solo.Sent<Message.Pass>("z1").Count());
        Assert.Single(solo.Sent<Message.Pass>("z1").Distinct());
        Assert.Empty(solo.Records.OfType<Record.Minted>());

        solo.Wait(TimeSpan.FromMilliseconds(2));
        Assert.Equal(10, Assert.Single(solo.Records.OfType<Record.Minted>()).Epoch);
        Assert.Equal(Solo.Generation(10, "m1"), solo.Sent<Message.Pass>("a1").Last().Token.Generation);
    }

    [Fact]
    public void Pass_WhileALargeMessageGetsOn_IsRepeatedAndSkipsNobody()
    {
        var solo = new Solo().With("a1", "z1");
        solo.ReceiveToken("a1", High, 3);
        solo.Greeted("z1");
        for (var i = 0; i < 50; i++)
        {
            solo.Wait(TimeSpan.FromMilliseconds(100));
            solo.Step(new Input.Transferring(ExecutorId.Parse("z1")));
        }

        Assert.True(solo.Sent<Message.Pass>("z1").Count() > 20);
        Assert.Empty(solo.Records.OfType<Record.Minted>());

        solo.Wait(TimeSpan.FromMilliseconds(400));
        Assert.Single(solo.Records.OfType<Record.Minted>());
    }

    [Fact]
    public void Pass_ToAPeerWhoseConnectionBreaks_SkipsAtOnce()
    {
        var solo = new Solo().With("a1", "z1");
        solo.ReceiveToken("a1", High, 3);

        solo.Step(new Input.LinkBroken(ExecutorId.Parse("z1")));

        Assert.Equal(Solo.Generation(10, "m1"), solo.Sent<Message.Pass>("a1").Last().Token.Generation);
    }

    [Fact]
    public void Pass_RefusedByALaterIncarnation_GoesOnInANewGeneration()
    {
        var solo = new Solo().With("a1", "z1");
        solo.ReceiveToken("a1", High, 3);
        var pass = solo.Sent<Message.Pass>("z1").Single();

        solo.Receive("z1", new Message.Nack(pass.Token.Generation, pass.Token.Hop, new Incarnation(2)));

        Assert.Equal(10, Assert.Single(solo.Records.OfType<Record.Minted>()).Epoch);
        Assert.DoesNotContain(solo.Sent<Message.Pass>("z1"), again => again.Token.Generation == High && again.To.Value == 2);
    }

    [Fact]
    public void Token_AnswerStale_RaisesWhatWasSeenAndEndsThePass()
    {
        var solo = new Solo().With("a1", "z1");
        solo.ReceiveToken("a1", High, 3);
        solo.Receive("z1", new Message.Stale(High, 4, Solo.Generation(12, "z1")));
        solo.Forget();

        solo.ReceiveToken("a1", Solo.Generation(11, "a1"), 1);

        Assert.Equal(12, Assert.Single(solo.Sent<Message.Stale>("a1")).Seen.Epoch);
    }

    [Fact]
    public void LostToken_SomebodySawItLately_NoNewOneIsMade()
    {
        var solo = new Solo().With("a1", "z1");
        solo.ReceiveToken("a1", High, 3);
        solo.Receive("z1", new Message.Ack(High, 4));
        solo.Forget();

        WaitForInquiry(solo);
        solo.Receive("a1", new Message.Alive(solo.Sent<Message.Inquire>("a1").Last().Nonce, TimeSpan.Zero));
        solo.Wait(TimeSpan.FromMilliseconds(200));

        Assert.Empty(solo.Records.OfType<Record.Minted>());
    }

    [Fact]
    public void LostToken_NobodySawItLately_OneNewGenerationIsMade()
    {
        var solo = new Solo().With("a1", "z1");
        solo.ReceiveToken("a1", High, 3);
        solo.Receive("z1", new Message.Ack(High, 4));
        solo.Forget();

        WaitForInquiry(solo);
        var nonce = solo.Sent<Message.Inquire>("a1").Last().Nonce;
        solo.Receive("a1", new Message.Alive(nonce, TimeSpan.FromMinutes(1)));
        solo.Receive("z1", new Message.Alive(nonce, SeenAgo: null));

        Assert.Equal(10, Assert.Single(solo.Records.OfType<Record.Minted>()).Epoch);
    }

    [Fact]
    public void Start_AfterMinting_MakesAHigherEpochThanAnyBefore()
    {
        var solo = new Solo(new Recovered(41, 0, [], []));

        Assert.Equal(42, Assert.Single(solo.Records.OfType<Record.Minted>()).Epoch);
    }

    [Fact]
    public void Pause_OfThisExecutor_AccusesNobody()
    {
        var solo = new Solo().With("a1", "z1");
        solo.ReceiveToken("a1", High, 3);

        solo.Sleep(TimeSpan.FromSeconds(30));
        solo.Step(Input.Tick.Instance);

        Assert.Empty(solo.Effects.OfType<Effect.Note>().Select(note => note.Event).OfType<CoreEvent.PeerSuspected>());
        Assert.Empty(solo.Records.OfType<Record.Minted>());
    }

    [Fact]
    public void Suspicion_EndsWithARoundTripOnly()
    {
        var solo = new Solo().With("a1");
        solo.Step(new Input.LinkBroken(ExecutorId.Parse("a1")));
        var old = new Message.HelloAck(1, new EquatableList<Member>(Solo.MemberOf("a1")));

        solo.Receive("a1", old);
        solo.Receive("a1", new Message.Hello(7, new EquatableList<Member>(Solo.MemberOf("a1"))));
        Assert.DoesNotContain(solo.Effects.OfType<Effect.Note>(), note => note.Event is CoreEvent.PeerJoined);

        solo.Greeted("a1");
        Assert.Contains(solo.Effects.OfType<Effect.Note>(), note => note.Event is CoreEvent.PeerJoined);
    }

    private static void WaitForInquiry(Solo solo)
    {
        for (var i = 0; i < 100 && !solo.Sent<Message.Inquire>("a1").Any(); i++)
        {
            solo.Wait(TimeSpan.FromMilliseconds(100));
        }
    }
}
