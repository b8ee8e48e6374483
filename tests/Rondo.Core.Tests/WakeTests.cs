namespace Rondo.Core.Tests;

/// <summary>When the token goes slowly and is elsewhere, whoever it could help calls for it; nobody else does.</summary>
public sealed class WakeTests
{
    private const string Hurry = "wakes";
    private const string Calm = "";

    // This executor has two slots; its own row comes first, then what else the token told at its last visit.
    [Theory]
    // Two run, one waits, and there is room.
    [InlineData(2, 1, "a1 0+0/2, z1 2+0/2", Hurry)]
    // One waits, of which nobody knows where the token is: a slot may have become free there.
    [InlineData(2, 1, "a1 2+0/2, z1 2+0/2", Hurry)]
    [InlineData(2, 1, "a1 2+9/2, z1 2+9/2", Hurry)]
    // Some waited before already: one more changes nothing, unless there is room for it.
    [InlineData(3, 1, "a1 2+1/2, z1 2+1/2", Calm)]
    [InlineData(3, 1, "a1 2+9/2, z1 2+9/2", Calm)]
    [InlineData(4, 4, "a1 2+0/2, z1 2+1/2", Hurry)]
    [InlineData(4, 4, "a1 2+0/2!, z1 2+4/2", Calm)]
    // It can start at once here.
    [InlineData(0, 1, "a1 2+0/2, z1 2+0/2", Calm)]
    public void NewJobs_ThatTheTokenCouldHelp_CallForIt(int before, int more, string others, string expected)
    {
        var solo = SlowToken(before, others);

        for (var i = 0; i < more; i++)
        {
            solo.Submit();
        }

        Assert.Equal(expected, solo.Sent<Message.Wake>("a1").Any() ? Hurry : Calm);
        Assert.Equal(solo.Sent<Message.Wake>("a1").Count(), solo.Sent<Message.Wake>("z1").Count());
    }

    [Theory]
    [InlineData(2, "a1 2+3/2, z1 2+0/2", Hurry)]
    [InlineData(2, "a1 2+0/2, z1 2+1/2", Hurry)]
    [InlineData(2, "a1 2+0/2, z1 1+0/2", Calm)]
    [InlineData(3, "a1 2+3/2, z1 2+0/2", Calm)]
    public void FreeSlot_WhileJobsWaitElsewhere_CallsForThem(int before, string others, string expected)
    {
        var solo = SlowToken(before, others);

        solo.End(solo.AllRecords.OfType<Record.Started>().First().Id);

        Assert.Equal(expected, solo.Sent<Message.Wake>("a1").Any() ? Hurry : Calm);
    }

    [Fact]
    public void Executor_ThatDrainsWithWaitingJobs_CallsForTheToken()
    {
        var solo = SlowToken(before: 4, "a1 2+2/2, z1 2+2/2");

        solo.Request(id => new Input.Drain(id));

        Assert.Single(solo.Sent<Message.Wake>("a1"));
    }

    [Fact]
    public void JobThatCannotRunHere_CallsForTheToken()
    {
        var solo = SlowToken(before: 0, "a1 2+9/2, z1 2+9/2");

        solo.Submit(TestExecutor.Handler("resize"));

        Assert.Single(solo.Sent<Message.Wake>("a1"));
    }

    [Fact]
    public void Executor_ThatCalled_DoesNotCallAgainForTheSame()
    {
        var solo = SlowToken(before: 2, "a1 2+9/2, z1 2+9/2");
        solo.Submit();
        Assert.Single(solo.Sent<Message.Wake>("a1"));

        solo.Step(Input.Tick.Instance);
        solo.Step(Input.Tick.Instance);

        Assert.Single(solo.Sent<Message.Wake>("a1"));
    }

    [Fact]
    public void WhoDoesNotAnswer_IsNotCalled()
    {
        var solo = SlowToken(before: 2, "a1 2+9/2, z1 2+9/2");
        solo.Step(new Input.LinkBroken(ExecutorId.Parse("z1")));

        solo.Submit();

        Assert.Single(solo.Sent<Message.Wake>("a1"));
        Assert.Empty(solo.Sent<Message.Wake>("z1"));
    }

    [Fact]
    public void Token_WhereSomebodyCalls_GoesOnAtOnce()
    {
        var solo = new Solo().With("a1", "z1");
        Give(solo, hop: 3, "a1 2+9/2, m1 0+0/2, z1 2+9/2", quietHops: 40);
        Assert.Empty(Passes(solo));

        solo.Receive("a1", new Message.Wake());

        Assert.Equal(0, Assert.Single(Passes(solo)).Token.QuietHops);
    }

    [Fact]
    public void Token_ThatComesAfterACall_GoesOnAtOnceAndOnlyOnce()
    {
        var solo = SlowToken(before: 0, "a1 2+0/2, z1 2+0/2");
        solo.Receive("a1", new Message.Wake());
        Assert.Empty(Passes(solo));

        Give(solo, hop: 20, "a1 2+0/2, m1 0+0/2, z1 2+0/2", quietHops: 40);
        var pass = Assert.Single(Passes(solo));
        Assert.Equal(0, pass.Token.QuietHops);
        solo.Receive(
            solo.Effects.OfType<Effect.Send>().Last(send => send.Message == pass).To.Id.ToString(),
            new Message.Ack(pass.Token.Generation, pass.Token.Hop)
        );
        solo.Forget();

        Give(solo, hop: 40, "a1 2+0/2, m1 0+0/2, z1 2+0/2", quietHops: 40);
        Assert.Empty(Passes(solo));
    }

    [Fact]
    public void JobsThatComeWhileTheTokenIsHere_AreSharedAtOnce()
    {
        var solo = new Solo().With("a1", "z1");
        Give(solo, hop: 3, "a1 0+0/2, m1 0+0/2, z1 0+0/2", quietHops: 40);
        Assert.Empty(Passes(solo));

        solo.Submit();
        solo.Submit();
        solo.Submit();

        Assert.Equal(2, solo.Effects.OfType<Effect.Send>().Count(send => send.Message is Message.Offer));
        Assert.DoesNotContain(solo.Effects.OfType<Effect.Send>(), send => send.Message is Message.Wake);
    }

    /// <summary>A core with two slots and so many jobs, which the token has visited and left, slowly.</summary>
    private static Solo SlowToken(int before, string others)
    {
        var solo = new Solo(slots: 2).With("a1", "z1");
        for (var i = 0; i < before; i++)
        {
            solo.Submit();
        }

        solo.Forget();
        var rows = others.Split(", ").Append($"m1 {Math.Min(before, 2)}+{Math.Max(before - 2, 0)}/2").Order(StringComparer.Ordinal);
        Give(solo, hop: 3, string.Join(", ", rows), quietHops: 40);
        Assert.DoesNotContain(solo.Effects.OfType<Effect.Send>(), send => send.Message is Message.Offer);
        while (!Passes(solo).Any())
        {
            solo.Wait(TimeSpan.FromMilliseconds(10));
        }

        var pass = solo.Effects.OfType<Effect.Send>().Single(send => send.Message is Message.Pass);
        var token = ((Message.Pass)pass.Message).Token;
        solo.Receive(pass.To.Id.ToString(), new Message.Ack(token.Generation, token.Hop));
        return solo.Forget();
    }

    private static void Give(Solo solo, long hop, string rows, int quietHops)
    {
        var table = rows.Split(", ")
            .Select(BalancerTests.Parse)
            .Select(row => row.Executor == solo.Self.Id ? row with { Incarnation = solo.Self.Incarnation } : row);
        var token = new Token(Solo.Generation(9, "a1"), hop, 7, quietHops, new EquatableList<LoadRow>([.. table]));
        solo.Receive("a1", new Message.Pass(solo.Self.Incarnation, token));
    }

    private static IEnumerable<Message.Pass> Passes(Solo solo) =>
        solo.Effects.OfType<Effect.Send>().Select(send => send.Message).OfType<Message.Pass>();
}
