using System.Globalization;

namespace Rondo.Core.Tests;

/// <summary>
/// What an executor with the token in hand gives to whom. Loads are written as <c>a1 2+4/3</c>: two jobs run and four wait at a1, which
/// has three slots; <c>~5</c> is on its way there, <c>*2</c> is its weight, <c>!</c> says that it drains.
/// </summary>
public sealed class BalancerTests
{
    private static readonly Generation High = Solo.Generation(9, "a1");
    private const int Leisure = 1000;

    // The first row is this executor's.
    [Theory]
    [InlineData("m1 1+2/1, z1 0+0/2", "z1=2")]
    [InlineData("m1 2+0/2, z1 0+0/2", "")]
    [InlineData("m1 4+0/4, z1 0+0/4", "")]
    [InlineData("m1 4+4/4, z1 0+0/4", "z1=4")]
    [InlineData("m1 2+6/2, z1 0+0/2", "z1=4")]
    [InlineData("m1 2+6/2, z1 1+0/2", "z1=3")]
    [InlineData("m1 2+8/2, a1 2+0/2, z1 2+4/2", "a1=4")]
    [InlineData("m1 2+7/2, a1 2+0/2, z1 2+1/2", "a1=2 z1=2")]
    // A few jobs that wait are best kept together: only a gap of two is closed at one that has no free slot.
    [InlineData("m1 2+2/2, z1 2+0/2", "")]
    [InlineData("m1 2+4/2, z1 2+0/2", "z1=2")]
    [InlineData("m1 2+3/2, z1 2+0/2", "")]
    // A free slot gets a job whatever the gap.
    [InlineData("m1 2+2/2, z1 2+0/3", "z1=1")]
    [InlineData("m1 2+2/2, a1 1+0/2, z1 1+0/2", "a1=1 z1=1")]
    [InlineData("m1 1+1/1, a1 1+0/1, z1 0+0/1", "z1=1")]
    // By slots as far as they go, and by weight beyond.
    [InlineData("m1 1+5/1, a1 0+0/1, z1 0+0/4", "a1=1 z1=4")]
    [InlineData("m1 1+11/1, z1 0+0/1*4", "z1=9")]
    [InlineData("m1 2+16/2*2, z1 2+0/2", "z1=5")]
    // What is on its way somewhere is there already.
    [InlineData("m1 2+6/2, z1 0+0/2~4", "z1=2")]
    [InlineData("m1 2+6/2, z1 0+0/2~2", "z1=3")]
    [InlineData("m1 2+6/2, a1 0+0/2~1, z1 0+0/2", "a1=2 z1=3")]
    // Who drains gets nothing.
    [InlineData("m1 2+6/2, z1 0+0/2!", "")]
    [InlineData("m1 2+6/2, a1 1+3/2!, z1 0+0/2", "z1=2")]
    [InlineData("m1 2+0/2, z1 2+9/2", "")]
    public void Visit_WithMoreThanItsShare_GivesTheOthersWhatTheyLack(string loads, string expected)
    {
        var (_, given, _) = Visit(loads);

        Assert.Equal(expected, given);
    }

    // Who has plenty gets more only at leisure, and when that doubles what waits there.
    [Theory]
    [InlineData("m1 2+98/2, z1 2+8/2", 0, "")]
    [InlineData("m1 2+98/2, z1 2+8/2", Leisure, "z1=45")]
    [InlineData("m1 2+98/2, z1 2+7/2", 0, "z1=45")]
    [InlineData("m1 2+98/2, z1 2+68/2", Leisure, "")]
    [InlineData("m1 2+39/2, z1 2+8/2", Leisure, "")]
    [InlineData("m1 2+40/2, z1 2+8/2", Leisure, "z1=16")]
    [InlineData("m1 2+60/2, z1 2+20/2", Leisure, "z1=20")]
    [InlineData("m1 2+59/2, z1 2+21/2", Leisure, "")]
    public void Visit_WhereAllHavePlenty_GivesOnlyAtLeisureAndWhatIsWorthIt(string loads, int quietHops, string expected)
    {
        var (_, given, _) = Visit(loads, quietHops);

        Assert.Equal(expected, given);
    }

    [Fact]
    public void Visit_WithMoreThanOneVisitMayHandOver_LeavesTheRest()
    {
        var (solo, _, _) = Visit($"m1 2+{(2 * Balancer.MaxHandoffs) + 6}/2, z1 0+0/2");

        Assert.Equal(Balancer.MaxHandoffs, Assert.Single(HandedOver(solo)).Jobs);
    }

    [Fact]
    public void Visit_GivesTheOldestToThoseThatCanStartThemInTurn_AndTheNewestToThoseWhereTheyWait()
    {
        var (solo, given, ids) = Visit("m1 2+18/2, a1 0+0/2, c1 0+0/2, z1 2+1/2");

        Assert.Equal("a1=6 c1=5 z1=3", given);
        Assert.Equal([ids[2], ids[4], ids[6], ids[8], ids[10], ids[12]], Offered(solo, "a1"));
        Assert.Equal([ids[3], ids[5], ids[7], ids[9], ids[11]], Offered(solo, "c1"));
        Assert.Equal([ids[19], ids[18], ids[17]], Offered(solo, "z1"));
        Assert.Equal([("a1", 6, 7L), ("c1", 5, 7L), ("z1", 3, 7L)], HandedOver(solo).Select(e => (e.To.ToString(), e.Jobs, e.Lap)));
    }

    [Fact]
    public void Visit_NotesInTheTableWhatIsOnItsWay()
    {
        var (solo, _, ids) = Visit("m1 1+5/1, a1 0+0/1, z1 0+0/1~1");

        var rows = solo.Effects.OfType<Effect.Send>().Select(send => send.Message).OfType<Message.Pass>().Single().Token.Table;

        Assert.Equal(["a1", "m1", "z1"], rows.Select(row => row.Executor.ToString()));
        var (a1, own, z1) = (rows[0], rows[1], rows[2]);
        var toA1 = Offered(solo, "a1").Length;
        var toZ1 = Offered(solo, "z1").Length;
        Assert.Equal(ids.Length + 1, own.Load + a1.Load + z1.Load);
        Assert.Equal([new OnTheWay(solo.Self.Id, solo.Self.Incarnation, toA1, toA1)], a1.OnTheWay);
        Assert.Equal(new OnTheWay(solo.Self.Id, solo.Self.Incarnation, toZ1, toZ1), z1.OnTheWay[^1]);
        Assert.Equal(2, z1.OnTheWay.Count);
        Assert.Equal((1, 6 - 1 - toA1 - toZ1, 1, 1, false), (own.Running, own.Waiting, own.Slots, own.Weight, own.Draining));
    }

    [Fact]
    public void Visit_WithJobsThatOnlySomeCanRun_GivesThemToThose()
    {
        var solo = new Solo(slots: 1);
        AddPeer(solo, "a1", "resize");
        AddPeer(solo, "z1");
        var commands = Enumerable.Range(0, 5).Select(_ => solo.Submit()).ToArray();
        var handlers = Enumerable.Range(0, 3).Select(_ => solo.Submit(TestExecutor.Handler("resize"))).ToArray();
        var nobodys = solo.Submit(TestExecutor.Handler("crop"));
        solo.Forget();

        solo.ReceiveToken("a1", High, 3, Solo.Row("a1", 0, 0), Solo.Row("z1", 0, 0));

        // One of five commands runs here; a1 has more than its share already with what it alone can run.
        Assert.Equal(handlers, Offered(solo, "a1"));
        Assert.Equal(commands[1..3], Offered(solo, "z1"));
        Assert.Equal(Reasons.NoExecutorCanRunIt, solo.View(nobodys)!.Reason);
    }

    [Fact]
    public void Visit_WithJobsThatCannotRunHere_DealsThemToTheLeastLoaded()
    {
        var solo = new Solo(slots: 1);
        AddPeer(solo, "a1", "resize");
        AddPeer(solo, "c1", "resize");
        AddPeer(solo, "z1", "resize");
        for (var i = 0; i < 6; i++)
        {
            solo.Submit(TestExecutor.Handler("resize"));
        }

        solo.Forget();
        solo.ReceiveToken("a1", High, 3, Solo.Row("a1", 2, 3), Solo.Row("c1", 2, 1), Solo.Row("z1", 2, 0) with { Draining = true });

        // From five and three, six more make seven each.
        Assert.Equal("a1=2 c1=4", Given(solo));
    }

    [Fact]
    public void Visit_OfOneThatDrains_GivesAllThatWaitsToTheLeastLoaded()
    {
        var solo = new Solo(slots: 1).With("a1", "z1");
        var ids = Enumerable.Range(0, 6).Select(_ => solo.Submit()).ToArray();
        solo.Request(id => new Input.Drain(id));
        solo.Forget();

        solo.ReceiveToken("a1", High, 3, Solo.Row("a1", 2, 9), Solo.Row("z1", 2, 8));

        Assert.Equal("a1=2 z1=3", Given(solo));
        Assert.Equal(ids[1..].Order(), Offered(solo, "a1").Concat(Offered(solo, "z1")).Order());
    }

    [Fact]
    public void Visit_GivesNoJobToWhoDoesNotReachItsHome()
    {
        var solo = new Solo(slots: 1).With("a1", "z1");
        for (var i = 1; i <= 4; i++)
        {
            solo.Receive("a1", Solo.Offer($"a1-{i}", 1));
        }

        var missing = Solo.Row("z1", 0, 0) with { Missed = new EquatableList<ExecutorId>(ExecutorId.Parse("a1")) };
        solo.ReceiveToken("a1", High, 3, Solo.Row("a1", 2, 0), missing);
        Assert.Equal("", Given(solo));

        // A job of another home, that waits behind them, may go there.
        var own = solo.Submit();
        solo.ReceiveToken("a1", High, 5, Solo.Row("a1", 2, 0), missing);
        Assert.Equal([own], Offered(solo, "z1"));
        solo.Forget();

        // Whoever this one does not reach either is nobody's reason to keep its jobs here.
        solo.Step(new Input.LinkBroken(ExecutorId.Parse("a1")));
        solo.ReceiveToken("z1", Solo.Generation(20, "z1"), 3, missing);
        Assert.Equal("z1=2", Given(solo));
    }

    [Fact]
    public void Visit_GivesNothingToWhoDoesNotAnswer()
    {
        var solo = new Solo(slots: 1).With("a1", "z1");
        for (var i = 0; i < 5; i++)
        {
            solo.Submit();
        }

        solo.Step(new Input.LinkBroken(ExecutorId.Parse("z1")));
        solo.ReceiveToken("a1", High, 3, Solo.Row("a1", 1, 0, slots: 1), Solo.Row("z1", 0, 0));

        Assert.Equal("a1=2", Given(solo));
    }

    [Fact]
    public void WaitingJobs_OfMoreKindsThanAreRemembered_AreAllLookedAt()
    {
        var solo = new Solo(slots: 1);
        AddPeer(solo, "z1", [.. Enumerable.Range(0, 40).Where(kind => kind % 2 == 0).Select(kind => $"h{kind:00}")]);
        var ids = Enumerable.Range(0, 80).Select(i => solo.Submit(TestExecutor.Handler($"h{i % 40:00}"))).ToArray();
        solo.Forget();

        solo.ReceiveToken("z1", High, 3, Solo.Row("z1", 0, 0));

        Assert.Equal(ids.Where((_, i) => i % 2 == 0), Offered(solo, "z1"));
    }

    [Fact]
    public void Quota_BetweenTwoVisits_HoldsBackWhatIsAboveTheShareUntilTheTokenIsLate()
    {
        var solo = new Solo(slots: 4).With("z1");
        solo.ReceiveToken("z1", High, 3, Solo.Row("z1", 0, 0, slots: 4));
        solo.Receive("z1", new Message.Ack(High, 4));
        solo.Forget();

        // Of four new jobs two are this one's share.
        for (var i = 0; i < 4; i++)
        {
            solo.Submit();
        }

        Assert.Equal(2, solo.Effects.OfType<Effect.Start>().Count());
        solo.Wait(Balancer.QuotaPatience - TimeSpan.FromMilliseconds(10));
        Assert.Equal(2, solo.Effects.OfType<Effect.Start>().Count());

        solo.Wait(TimeSpan.FromMilliseconds(20));
        Assert.Equal(4, solo.Effects.OfType<Effect.Start>().Count());
    }

    // The first row is this executor's; its row in the table says that it had nothing.
    [Theory]
    [InlineData("m1 2+0/2, a1 2+9/2, z1 0+0/2", true)]
    [InlineData("m1 2+0/2, a1 2+2/2, z1 2+0/3", true)]
    [InlineData("m1 2+0/2, a1 2+6/2, z1 2+0/2", true)]
    [InlineData("m1 2+0/2, a1 2+4/2, z1 2+0/2", false)]
    [InlineData("m1 2+0/2, a1 1+0/2~9, z1 0+0/2", true)]
    [InlineData("m1 2+0/2, a1 2+9/2, z1 0+0/2!", true)]
    [InlineData("m1 2+4/2, a1 2+5/2, z1 0+0/2!", false)]
    [InlineData("m1 2+3/2, a1 2+3/2, z1 2+3/2", false)]
    [InlineData("m1 2+0/2, a1 2+2/2, z1 2+0/2", false)]
    [InlineData("m1 2+99/2, a1 2+20/2, z1 2+8/2", false)]
    [InlineData("m1 1+0/4, a1 1+0/4, z1 4+0/4", false)]
    [InlineData("m1 2+0/2, a1 2+0/2, z1 0+0/2", false)]
    public void Token_GoesOnAtOnce_WhereSomebodyHasTooMuchAndAnotherTooLittle(string loads, bool atOnce)
    {
        var (solo, _, _) = Visit(loads, quietHops: 20, wasHere: true);

        Assert.Equal(atOnce, solo.Effects.OfType<Effect.Send>().Any(send => send.Message is Message.Pass));
        solo.Wait(TimeSpan.FromMilliseconds(500));
        var pass = solo.Effects.OfType<Effect.Send>().Select(send => send.Message).OfType<Message.Pass>().First();
        Assert.Equal(atOnce, pass.Token.QuietHops == 0);
    }

    [Fact]
    public void JobsThatCannotRunHere_WhileTheTokenIsElsewhere_AreDealtInTurnToWhoCanRunThem()
    {
        var solo = new Solo();
        foreach (var (id, handler) in new[] { ("a1", "resize"), ("b1", "crop"), ("c1", "resize"), ("d1", "resize") })
        {
            AddPeer(solo, id, handler);
        }

        solo.Step(new Input.LinkBroken(ExecutorId.Parse("d1")));
        var ids = Enumerable.Range(0, 5).Select(_ => solo.Submit(TestExecutor.Handler("resize"))).ToArray();
        var own = solo.Submit();

        solo.WaitWithoutToken(Balancer.StrandedPatience - TimeSpan.FromMilliseconds(1), "a1", "b1", "c1");
        Assert.Equal("", Given(solo));

        solo.WaitWithoutToken(TimeSpan.FromMilliseconds(1), "a1", "b1", "c1");
        Assert.Equal("a1=3 c1=2", Given(solo));
        Assert.Equal(ids.Order(), Offered(solo, "a1").Concat(Offered(solo, "c1")).Order());
        Assert.Equal(JobState.Running, solo.View(own)!.State);
    }

    private static (Solo Solo, string Given, JobId[] Ids) Visit(string loads, int quietHops = 0, bool wasHere = false)
    {
        var rows = loads.Split(", ").Select(Parse).ToArray();
        var own = rows[0];
        var solo = new Solo(slots: own.Slots, maxUnfinished: 100_000, change: settings => settings with { Weight = own.Weight }).With([
            .. rows[1..].Select(row => row.Executor.ToString()),
        ]);
        var ids = Enumerable.Range(0, own.Running + own.Waiting).Select(_ => solo.Submit()).ToArray();
        Assert.Equal(own.Running, solo.Effects.OfType<Effect.Start>().Count());
        solo.Forget();
        LoadRow[] table = wasHere
            ?
            [
                .. rows[1..]
                    .Append(Solo.Row("m1", 0, 0, own.Slots) with { Incarnation = solo.Self.Incarnation })
                    .OrderBy(row => row.Executor),
            ]
            : rows[1..];
        solo.Receive(
            rows[1].Executor.ToString(),
            new Message.Pass(solo.Self.Incarnation, new Token(High, 3, 7, quietHops, new EquatableList<LoadRow>(table)))
        );
        return (solo, Given(solo), ids);
    }

    /// <summary>The row that a text means, see above.</summary>
    internal static LoadRow Parse(string text)
    {
        var draining = text.EndsWith('!');
        var parts = text.TrimEnd('!').Split(' ', '+', '/', '~', '*');
        var onTheWay = text.Contains('~', StringComparison.Ordinal) ? Number(parts[^1]) : 0;
        return Solo.Row(parts[0], Number(parts[1]), Number(parts[2]), Number(parts[3])) with
        {
            Draining = draining,
            Weight = text.Contains('*', StringComparison.Ordinal) ? Number(parts[^1]) : 1,
            OnTheWay =
                onTheWay == 0
                    ? EquatableList<OnTheWay>.Empty
                    : new EquatableList<OnTheWay>(new OnTheWay(ExecutorId.Parse("q1"), new Incarnation(1), onTheWay, onTheWay)),
        };

        static int Number(string digits) => int.Parse(digits, CultureInfo.InvariantCulture);
    }

    private static void AddPeer(Solo solo, string id, params string[] handlers)
    {
        var member = Solo.MemberOf(id) with { Capabilities = new Capabilities(Commands: true, new EquatableList<string>(handlers)) };
        for (var i = 0; i < 2; i++)
        {
            solo.Receive(id, new Message.Hello(1, new EquatableList<Member>(member)));
            solo.Greeted(id, member: member);
        }
    }

    private static IEnumerable<CoreEvent.HandedOver> HandedOver(Solo solo) =>
        solo.Effects.OfType<Effect.Note>().Select(note => note.Event).OfType<CoreEvent.HandedOver>();

    private static JobId[] Offered(Solo solo, string to) =>
        [.. solo.Sent<Message.Offer>(to).SelectMany(offer => offer.Jobs.ToArray()).Select(job => job.Id)];

    private static string Given(Solo solo) =>
        string.Join(
            ' ',
            solo.Effects.OfType<Effect.Send>()
                .Where(send => send.Message is Message.Offer)
                .GroupBy(send => send.To.Id, send => ((Message.Offer)send.Message).Jobs.Count)
                .OrderBy(offers => offers.Key)
                .Select(offers => $"{offers.Key}={offers.Sum()}")
        );
}
