namespace Rondo.Core.Tests;

/// <summary>What the simulator found where executors reach each other in one direction only, or the token does not come.</summary>
public sealed class OneWayTests
{
    private static readonly Generation High = Solo.Generation(9, "a1");
    private long _hop = 3;

    [Fact]
    public void LateToken_JobsHeldBack_StartWithoutATickAfterTick()
    {
        var solo = new Solo(slots: 1).With("z1");
        solo.Submit();
        solo.Submit();
        solo.Submit();

        // A core whose deadline stays in the past would never come out of this.
        solo.Wait(TimeSpan.FromSeconds(1));

        Assert.Single(solo.Effects.OfType<Effect.Start>());
    }

    [Fact]
    public void LoneExecutor_HoldsNothingBack()
    {
        var solo = new Solo(slots: 2).With("z1");
        solo.ReceiveToken("z1", High, 3, Solo.Row("z1", 2, 9));
        solo.Submit();
        solo.Step(new Input.LinkBroken(ExecutorId.Parse("z1")));

        solo.Wait(TimeSpan.FromSeconds(1));

        Assert.Single(solo.Effects.OfType<Effect.Start>());
    }

    [Fact]
    public void Peer_TheTokenDoesNotVisit_IsAskedAndSuspectedWhenItIsSilent()
    {
        var solo = new Solo().With("a1", "z1");

        Circulate(solo, "a1", TimeSpan.FromSeconds(1.5), answers: false);

        Assert.Equal(ExecutorId.Parse("z1"), Assert.Single(Suspected(solo)));
    }

    [Fact]
    public void Peer_TheTokenDoesNotVisit_IsNotSuspectedWhenItAnswers()
    {
        var solo = new Solo().With("a1", "z1");

        Circulate(solo, "a1", TimeSpan.FromSeconds(1.5), answers: true);

        Assert.Single(solo.Sent<Message.Hello>("z1"));
        Assert.Empty(Suspected(solo));
    }

    [Fact]
    public void Peer_ThatMissesThisExecutor_IsAskedWhetherItIsThere()
    {
        var solo = new Solo().With("a1", "z1");

        solo.ReceiveToken(
            "a1",
            High,
            3,
            Solo.Row("a1", 0, 0),
            Solo.Row("z1", 0, 0) with
            {
                Missed = new EquatableList<ExecutorId>(solo.Self.Id),
            }
        );

        Assert.Single(solo.Sent<Message.Hello>("z1"));
    }

    [Fact]
    public void Job_OnlyAnExecutorThatTheTokenMissesCanRun_IsHandedOverAllTheSame()
    {
        var solo = new Solo().With("a1", "z1");
        var able = Solo.MemberOf("z1", 2) with { Capabilities = new Capabilities(Commands: true, new EquatableList<string>("resize")) };
        solo.Receive("z1", new Message.Hello(2, new EquatableList<Member>(able)));
        solo.Greeted("z1", 2, able);
        var job = solo.Submit(TestExecutor.Command() with { Kind = JobKind.Handler, Handler = "resize" });

        Circulate(solo, "a1", TimeSpan.FromSeconds(2.5), answers: true);
        Assert.Empty(solo.Sent<Message.Offer>("z1"));

        Circulate(solo, "a1", TimeSpan.FromSeconds(1), answers: true);
        Assert.Equal(job, Assert.Single(solo.Sent<Message.Offer>("z1").First().Jobs).Id);
    }

    [Fact]
    public void TwoThatMissEachOther_DoNotKeepTheTokenRunning()
    {
        var solo = new Solo().With("a1", "z1");
        solo.Step(new Input.LinkBroken(ExecutorId.Parse("z1")));
        var hop = 3L;
        var quiet = 0;
        for (var lap = 0; lap < 5; lap++)
        {
            // Each lap brings the row of the executor that is missed here, and none of this one.
            var token = new Token(High, hop, lap, quiet, new EquatableList<LoadRow>(Solo.Row("a1", 0, 0), Solo.Row("z1", 0, 0)));
            solo.Receive("a1", new Message.Pass(solo.Self.Incarnation, token));
            var passed = solo.Sent<Message.Pass>("a1").Last().Token;
            solo.Receive("a1", new Message.Ack(passed.Generation, passed.Hop));
            quiet = passed.QuietHops;
            hop = passed.Hop + 2;
        }

        Assert.InRange(quiet, 3, 4);
    }

    [Fact]
    public void Job_TakenBackFarFromItsHome_StaysBelowTheNumbersThatItsHomeWouldChoose()
    {
        var solo = new Solo(slots: 1).With("a1", "z1");
        solo.Receive("a1", Solo.Offer("a1-7", 1));
        solo.Receive("a1", Solo.Offer("a1-8", 1));
        solo.ReceiveToken("a1", High, 3, Solo.Row("z1", 0, 0));
        var onward = Assert.Single(solo.Sent<Message.Offer>("z1").Single().Jobs);

        solo.Step(new Input.LinkBroken(ExecutorId.Parse("z1")));
        solo.Wait(TimeSpan.FromSeconds(11));

        var takenBack = solo.Records.OfType<Record.TakenBack>().Single(record => record.Id == onward.Id);
        Assert.Equal(onward.Transfer.Next, takenBack.Transfer);
        Assert.True(takenBack.Transfer < onward.Transfer.AfterTakeBack);
    }

    [Fact]
    public void Job_ThatComesHome_GetsANumberThatNoCopyElsewhereHas()
    {
        var solo = new Solo(slots: 1).With("z1");
        solo.Submit();
        solo.Submit();
        solo.ReceiveToken("z1", High, 3, Solo.Row("z1", 0, 0));
        var offered = Assert.Single(solo.Sent<Message.Offer>("z1").Single().Jobs);

        solo.Receive("z1", Solo.Offer(offered.Id.ToString(), offered.Transfer.Value + 1));

        var home = Assert.Single(solo.Records.OfType<Record.TakenBack>());
        Assert.True(home.Transfer > new TransferNumber(offered.Transfer.Value + 4096));
        Assert.Single(solo.Sent<Message.Accept>("z1"));
    }

    [Fact]
    public void Job_ThatComesAgainWhileAnOldAttemptOfItRunsHere_EndsWithThatAttempt()
    {
        var solo = new Solo().With("a1");
        var job = JobId.Parse("a1-7");
        solo.Receive("a1", Solo.Offer("a1-7", 1));

        // Its home took it back, thought that an attempt was lost, and hands it over again.
        solo.Receive("a1", new Message.Offer(new EquatableList<OfferedJob>(Solo.Offered("a1-7", 8193) with { Attempt = new Attempt(2) })));
        solo.Step(new Input.RunEnded(job, new Attempt(1), new Outcome { End = JobEnd.Succeeded }, Interrupted: false));

        Assert.Equal(job, Assert.Single(Assert.Single(solo.Sent<Message.Result>("a1")).Jobs).Id);
    }

    [Fact]
    public void AddressToJoin_WhoseExecutorIsMissed_IsGreetedForWhoeverIsThereNow()
    {
        var solo = new Solo(join: "z1:1");
        var greeting = Assert.Single(solo.Effects.OfType<Effect.Greet>());
        solo.Receive("z1", new Message.HelloAck(greeting.Hello.Nonce, new EquatableList<Member>(Solo.MemberOf("z1"))));
        solo.Greeted("z1");
        solo.Forget();
        solo.Wait(TimeSpan.FromMilliseconds(250));
        Assert.Empty(solo.Effects.OfType<Effect.Greet>());

        solo.Step(new Input.LinkBroken(ExecutorId.Parse("z1")));
        solo.Wait(TimeSpan.FromMilliseconds(250));

        Assert.Equal("z1:1", Assert.Single(solo.Effects.OfType<Effect.Greet>()).Address);
    }

    /// <summary>Brings the token again and again, with the row of one peer alone; z1 acknowledges it, and answers greetings if it is to.</summary>
    private void Circulate(Solo solo, string visited, TimeSpan time, bool answers)
    {
        var greetings = 0;
        for (var end = solo.Now + time; solo.Now < end; solo.Wait(TimeSpan.FromMilliseconds(100)))
        {
            solo.ReceiveToken(visited, High, _hop, Solo.Row(visited, 0, 0));
            var passed = solo.Effects.OfType<Effect.Send>().Last(send => send.Message is Message.Pass);
            solo.Receive(passed.To.Id.ToString(), new Message.Ack(High, _hop + 1));
            _hop += 2;
            if (answers && solo.Sent<Message.Hello>("z1").Count() > greetings)
            {
                greetings++;
                solo.Greeted("z1", passed.To.Incarnation.Value, passed.To.Id == ExecutorId.Parse("z1") ? passed.To : null);
            }
        }
    }

    private static IEnumerable<ExecutorId> Suspected(Solo solo) =>
        solo.Effects.OfType<Effect.Note>().Select(note => note.Event).OfType<CoreEvent.PeerSuspected>().Select(suspected => suspected.Peer);
}
