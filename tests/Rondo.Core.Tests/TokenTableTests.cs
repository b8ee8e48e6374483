namespace Rondo.Core.Tests;

/// <summary>What an executor writes into the load table that travels with the token.</summary>
public sealed class TokenTableTests
{
    private static readonly Generation High = Solo.Generation(9, "a1");
    private static readonly Incarnation First = new(1);

    [Theory]
    [InlineData("x1 z1", "m1 x1 z1")]
    [InlineData("a1 b1", "a1 b1 m1")]
    [InlineData("a1 b1 x1 z1", "a1 b1 m1 x1 z1")]
    [InlineData("a1 b1 m1 x1 z1", "a1 b1 m1 x1 z1")]
    public void Rows_AreInTheOrderOfTheRing(string before, string after)
    {
        var solo = new Solo().With("a1", "b1", "x1", "z1");

        Assert.Equal(
            after,
            string.Join(' ', TakeToken(solo, [.. before.Split(' ').Select(id => Solo.Row(id, 0, 0))]).Select(row => row.Executor))
        );
    }

    [Fact]
    public void Rows_OfThoseThatAreNotThere_AreLeftOut()
    {
        var solo = new Solo().With("a1", "x1");
        solo.Step(new Input.LinkBroken(ExecutorId.Parse("x1")));

        var rows = TakeToken(solo, Solo.Row("a1", 0, 0), Solo.Row("q1", 0, 0), Solo.Row("x1", 0, 0));

        Assert.Equal(["a1", "m1"], rows.Select(row => row.Executor.ToString()));
        Assert.Equal([ExecutorId.Parse("x1")], rows[1].Missed);
    }

    [Theory]
    [InlineData("running")]
    [InlineData("waiting")]
    [InlineData("slots")]
    [InlineData("weight")]
    [InlineData("draining")]
    [InlineData("missed")]
    [InlineData("start")]
    [InlineData("nothing")]
    public void OwnRow_InWhichAnythingChanged_IsWrittenAnew(string changed)
    {
        var solo = new Solo(slots: 3).With("a1");
        solo.Submit();
        var now = Solo.Row("m1", 1, 0, slots: 3) with { Incarnation = solo.Self.Incarnation };
        var before = changed switch
        {
            "running" => now with { Running = 2 },
            "waiting" => now with { Waiting = 2 },
            "slots" => now with { Slots = 4 },
            "weight" => now with { Weight = 2 },
            "draining" => now with { Draining = true },
            "missed" => now with { Missed = new EquatableList<ExecutorId>(ExecutorId.Parse("a1")) },
            "start" => now with { Incarnation = First, Running = 7 },
            _ => now,
        };

        Assert.Equal(now, Own(TakeToken(solo, Solo.Row("a1", 1, 0), before)));
    }

    /// <summary>What was handed to this one and has not come yet counts as its load, and is not sent a second time.</summary>
    [Theory]
    [InlineData(0, 3)]
    [InlineData(3, 3)]
    [InlineData(5, 2)]
    [InlineData(6, 1)]
    [InlineData(7, 0)]
    [InlineData(8, 0)]
    public void OnTheWay_ToThisExecutor_IsWhatHasNotArrivedOfIt(int arrived, int left)
    {
        var solo = new Solo(slots: 20).With("a1");
        if (arrived > 0)
        {
            solo.Receive("a1", new Message.Offer(new EquatableList<OfferedJob>(Solo.Offered("a1-1", 1, sequence: arrived))));
        }

        var own = Own(TakeToken(solo, Solo.Row("a1", 1, 0), RowWith(solo, new OnTheWay(ExecutorId.Parse("a1"), First, 7, 3))));

        Assert.Equal(left == 0 ? [] : [new OnTheWay(ExecutorId.Parse("a1"), First, 7, left)], own.OnTheWay);
    }

    [Fact]
    public void OnTheWay_FromAnEarlierStartOrFromWhoIsNotThere_CountsNoMore()
    {
        var solo = new Solo().With("a1", "x1");
        solo.Step(new Input.LinkBroken(ExecutorId.Parse("x1")));
        var entries = new[]
        {
            new OnTheWay(ExecutorId.Parse("a1"), new Incarnation(7), 3, 3),
            new OnTheWay(ExecutorId.Parse("x1"), First, 3, 3),
            new OnTheWay(ExecutorId.Parse("q1"), First, 3, 3),
            new OnTheWay(ExecutorId.Parse("a1"), First, 2, 1),
        };

        Assert.Equal([entries[3]], Own(TakeToken(solo, Solo.Row("a1", 1, 0), RowWith(solo, entries))).OnTheWay);
    }

    /// <summary>The token stays here; what ended meanwhile elsewhere has freed a place there, which its row cannot tell yet.</summary>
    [Theory]
    [InlineData(0, 2, 3)]
    [InlineData(1, 2, 2)]
    [InlineData(2, 2, 1)]
    [InlineData(3, 2, 0)]
    [InlineData(4, 1, 0)]
    [InlineData(5, 0, 0)]
    public void Row_OfAnotherWhereJobsOfThisHomeEnded_HasSoManyFewer(int ended, int running, int waiting)
    {
        var (solo, ids) = HandedOver(5);
        Stay(solo, Solo.Row("a1", 2, 3));

        End(solo, ids[..ended]);

        var a1 = LookAgain(solo).Single(row => row.Executor == ExecutorId.Parse("a1"));
        Assert.Equal((running, waiting, 0), (a1.Running, a1.Waiting, a1.OnTheWay.Count));
    }

    /// <summary>Of what is on its way from others nothing is known here; what this one sent has arrived when it ended.</summary>
    [Theory]
    [InlineData(0, 1, 4)]
    [InlineData(1, 0, 4)]
    [InlineData(2, 0, 3)]
    [InlineData(5, 0, 0)]
    public void Row_OfAnotherToWhichJobsAreOnTheirWay_HasSoManyFewerOfThem(int ended, int running, int onTheWay)
    {
        var (solo, ids) = HandedOver(5);
        var others = new OnTheWay(ExecutorId.Parse("b1"), First, 9, 2);
        var own = new OnTheWay(solo.Self.Id, solo.Self.Incarnation, 5, 4);
        Stay(solo, Solo.Row("a1", 1, 0, slots: 9) with { OnTheWay = new EquatableList<OnTheWay>(others, own) });

        End(solo, ids[..ended]);

        var a1 = LookAgain(solo).Single(row => row.Executor == ExecutorId.Parse("a1"));
        Assert.Equal(running, a1.Running);
        Assert.Equal(onTheWay == 0 ? [others] : [others, own with { Jobs = onTheWay }], a1.OnTheWay);
    }

    /// <summary>A core with one slot that has handed so many jobs over to a1.</summary>
    private static (Solo Solo, JobTransfer[] Jobs) HandedOver(int jobs)
    {
        var solo = new Solo(slots: 1).With("a1");
        for (var i = 0; i <= jobs; i++)
        {
            solo.Submit();
        }

        TakeToken(solo, Solo.Row("a1", 0, 0, slots: jobs));
        var offered = solo.Sent<Message.Offer>("a1").SelectMany(offer => offer.Jobs.ToArray()).ToArray();
        var transfers = offered.Select(job => new JobTransfer(job.Id, job.Transfer)).ToArray();
        Assert.Equal(jobs, transfers.Length);
        solo.Receive("a1", new Message.Accept(new EquatableList<JobTransfer>(transfers)));
        var pass = solo.Sent<Message.Pass>("a1").Last();
        solo.Receive("a1", new Message.Ack(pass.Token.Generation, pass.Token.Hop));
        return (solo, transfers);
    }

    /// <summary>The token comes, so late after anything moved that it stays for a while.</summary>
    private static void Stay(Solo solo, LoadRow a1)
    {
        solo.Forget();
        var own = Solo.Row("m1", 1, 0, slots: 1) with { Incarnation = solo.Self.Incarnation };
        var token = new Token(High, 20, 9, QuietHops: 20, new EquatableList<LoadRow>(a1, own));
        solo.Receive("a1", new Message.Pass(solo.Self.Incarnation, token));
        Assert.Empty(solo.Sent<Message.Pass>("a1"));
    }

    private static void End(Solo solo, JobTransfer[] jobs)
    {
        foreach (var job in jobs)
        {
            var result = new JobResult(
                job.Id,
                job.Transfer,
                new Attempt(1),
                0,
                solo.Instant.Wall,
                solo.Instant.Wall,
                new Outcome { End = JobEnd.Succeeded }
            );
            solo.Receive("a1", new Message.Result(new EquatableList<JobResult>(result)));
        }
    }

    /// <summary>The rows as the token takes them along when it goes on.</summary>
    private static EquatableList<LoadRow> LookAgain(Solo solo)
    {
        solo.Wait(TimeSpan.FromSeconds(1));
        return solo.Sent<Message.Pass>("a1").First().Token.Table;
    }

    private static LoadRow RowWith(Solo solo, params OnTheWay[] onTheWay) =>
        Solo.Row("m1", 0, 0) with
        {
            Incarnation = solo.Self.Incarnation,
            OnTheWay = new EquatableList<OnTheWay>(onTheWay),
        };

    private static EquatableList<LoadRow> TakeToken(Solo solo, params LoadRow[] rows)
    {
        solo.ReceiveToken("a1", High, 3, rows);
        return solo.Effects.OfType<Effect.Send>().Select(send => send.Message).OfType<Message.Pass>().Last().Token.Table;
    }

    private static LoadRow Own(EquatableList<LoadRow> rows) => rows.Single(row => row.Executor == ExecutorId.Parse("m1"));
}
