namespace Rondo.Core.Tests;

/// <summary>What an executor makes of jobs that it is offered.</summary>
public sealed class OfferTests
{
    private static readonly Generation High = Solo.Generation(9, "a1");

    [Theory]
    [InlineData(0, 4, 0, 2)]
    [InlineData(3, 4, 0, 3)]
    [InlineData(4, 4, 0, 4)]
    [InlineData(3, 3, 1, 3)]
    [InlineData(9, 1, 3, 2)]
    public void Jobs_OfWhichTheGiverKnew_RunThoughTheShareIsLess(int load, int offered, int submitted, int running)
    {
        var solo = new Solo(slots: 4).With("z1");
        solo.ReceiveToken("z1", High, 3, Solo.Row("z1", 0, 0, slots: 4));
        solo.Receive("z1", new Message.Ack(High, 4));
        solo.Forget();

        // Of four jobs two are this one's share, unless whoever had the token gave it more.
        var jobs = Enumerable.Range(1, offered).Select(number => Solo.Offered($"z1-{number}", 1, number));
        solo.Receive("z1", new Message.Offer(new EquatableList<OfferedJob>([.. jobs])) { Load = load });
        for (var i = 0; i < submitted; i++)
        {
            solo.Submit();
        }

        Assert.Equal(running, solo.Effects.OfType<Effect.Start>().Count());
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    [InlineData(3, false)]
    public void Offer_BySomebodyWhoDidNotKnowOfAllThatIsHere_CallsForTheTokenFromWhereItRests(int load, bool calls)
    {
        var solo = new Solo(slots: 1).With("a1", "z1");
        var table = new EquatableList<LoadRow>(Solo.Row("a1", 1, 0, slots: 1), Solo.Row("z1", 1, 0, slots: 1));
        var resting = new Token(High, 3, 7, 0, table) { Giver = ExecutorId.Parse("a1"), Rests = true };
        solo.Receive("a1", new Message.Pass(solo.Self.Incarnation, resting));
        solo.Receive("z1", new Message.Ack(High, 4));
        solo.Receive("a1", Solo.Offer("a1-1", 1) with { Load = 1 });
        Assert.Single(solo.Effects.OfType<Effect.Start>());
        Assert.Empty(solo.Sent<Message.Wake>("a1"));

        solo.Receive("a1", Solo.Offer("a1-2", 1) with { Load = load });
        Assert.Equal(calls ? 1 : 0, solo.Sent<Message.Wake>("a1").Count());
        Assert.Equal(calls ? 1 : 0, solo.Sent<Message.Wake>("z1").Count());

        // Until it has come, each of them does.
        solo.Receive("a1", Solo.Offer("a1-3", 1) with { Load = load == 0 ? 0 : load + 1 });
        Assert.Equal(calls ? 2 : 0, solo.Sent<Message.Wake>("a1").Count());
    }

    [Theory]
    [InlineData(false, null, true)]
    [InlineData(false, "resize", false)]
    [InlineData(true, null, false)]
    [InlineData(true, "resize", false)]
    public void Offer_OfAJobThatCannotRunHereOrToOneThatLeaves_IsRefused(bool drains, string? handler, bool isTaken)
    {
        var solo = new Solo().With("a1");
        solo.Submit();
        if (drains)
        {
            solo.Request(request => new Input.Drain(request));
        }

        var job = Solo.Offered("a1-7", 1) with { Terms = handler is null ? TestExecutor.Command() : TestExecutor.Handler(handler) };
        solo.Receive("a1", new Message.Offer(new EquatableList<OfferedJob>(job)));

        Assert.Equal(isTaken ? 1 : 0, solo.Sent<Message.Accept>("a1").Count());
        Assert.Equal(isTaken ? 0 : 1, solo.Sent<Message.Reject>("a1").Count());
        Assert.Equal(isTaken ? 1 : 0, solo.Records.OfType<Record.Held>().Count());
    }

    [Fact]
    public void Offers_BeyondTheMostThatAreHeldForOthers_AreRefused_HoweverManyJobsOfThisHomeThereAre()
    {
        var solo = new Solo(maxUnfinished: 3).With("a1");
        solo.Submit();
        solo.Submit();
        solo.Submit();

        for (var number = 1; number <= 4; number++)
        {
            solo.Receive("a1", Solo.Offer($"a1-{number}", 1));
        }

        Assert.Equal(["a1-1", "a1-2", "a1-3"], solo.Records.OfType<Record.Held>().Select(record => record.Id.ToString()));
        Assert.Equal("a1-4", Assert.Single(Assert.Single(solo.Sent<Message.Reject>("a1")).Jobs).Id.ToString());
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public void Job_ThatComesHome_IsTakenBackUnderAHigherNumberThanItLeftAlone(int transfer, bool isTaken)
    {
        var (solo, job) = Away();

        solo.Receive("y1", Solo.Offer(job.Id.ToString(), transfer));

        Assert.Equal(isTaken ? 1 : 0, solo.Records.OfType<Record.TakenBack>().Count());
        Assert.Equal(ExecutorId.Parse(isTaken ? "m1" : "z1"), solo.View(job.Id)!.Holder);
        Assert.Equal(
            new JobTransfer(job.Id, new TransferNumber(transfer)),
            Assert.Single(Assert.Single(solo.Sent<Message.Accept>("y1")).Jobs)
        );
    }

    [Fact]
    public void Job_ThatComesHomeAfterItsResult_IsAcceptedAndNothingMore()
    {
        var (solo, job) = Away();
        var at = solo.Instant.Wall;
        var result = new JobResult(job.Id, job.Transfer, new Attempt(1), 0, at, at, new Outcome { End = JobEnd.Succeeded });
        solo.Receive("z1", new Message.Result(new EquatableList<JobResult>(result)));
        solo.Forget();

        solo.Receive("y1", Solo.Offer(job.Id.ToString(), 2));

        Assert.Empty(solo.Records);
        Assert.Equal(job.Id, Assert.Single(Assert.Single(solo.Sent<Message.Accept>("y1")).Jobs).Id);
        Assert.Equal(JobState.Succeeded, solo.View(job.Id)!.State);
    }

    [Fact]
    public void Job_ThatComesHomeAsACopyFromBeforeItsAttempt_KeepsTheAttempt()
    {
        var (solo, job) = Away();
        var held = new HeldJob(job.Id, ExecutorId.Parse("z1"), job.Transfer, new Attempt(3), 0, solo.Instant.Wall);
        solo.Receive("z1", new Message.Holding(new EquatableList<HeldJob>(held)));

        solo.Receive("z1", Solo.Offer(job.Id.ToString(), 2));

        Assert.Equal(3, Assert.Single(solo.Records.OfType<Record.TakenBack>()).Attempt.Value);
    }

    [Fact]
    public void Offer_OfAJobThatWasTriedBefore_SaysHowOften()
    {
        var solo = new Solo(slots: 1).With("z1");
        solo.Submit();
        var policy = new RetryPolicy { Max = 3, Backoff = TimeSpan.Zero };
        var id = solo.Submit(TestExecutor.Command() with { Retries = policy });
        solo.ReceiveToken("z1", High, 3, Solo.Row("z1", 0, 0));
        Assert.Equal(0, Assert.Single(Assert.Single(solo.Sent<Message.Offer>("z1")).Jobs).Retries);
        var at = solo.Instant.Wall;
        var failed = new Outcome
        {
            End = JobEnd.Failed,
            Reason = Reasons.ExitCode,
            ExitCode = 7,
        };
        var result = new JobResult(id, new TransferNumber(1), new Attempt(1), 2, at, at, failed);
        solo.Receive("z1", new Message.Result(new EquatableList<JobResult>(result)));
        Assert.Equal((1, 2), (solo.View(id)!.RetriesUsed, solo.View(id)!.Crashes));
        solo.Forget();

        solo.Receive("z1", new Message.Ack(High, 4));
        solo.ReceiveToken("z1", High, 5, Solo.Row("z1", 0, 0));

        var offered = Assert.Single(Assert.Single(solo.Sent<Message.Offer>("z1")).Jobs);
        Assert.Equal((id, 1, 1, 2), (offered.Id, offered.Retries, offered.Attempt.Value, offered.Crashes));
    }

    /// <summary>A core with a job that z1 has, under the number 1.</summary>
    private static (Solo Solo, OfferedJob Job) Away()
    {
        var solo = new Solo(slots: 1).With("y1", "z1");
        solo.Submit();
        solo.Submit();
        solo.ReceiveToken("y1", High, 3, Solo.Row("y1", 2, 0), Solo.Row("z1", 0, 0));
        var job = Assert.Single(Assert.Single(solo.Sent<Message.Offer>("z1")).Jobs);
        solo.Receive("z1", new Message.Accept(new EquatableList<JobTransfer>(new JobTransfer(job.Id, job.Transfer))));
        return (solo.Forget(), job);
    }
}
