namespace Rondo.Core.Tests;

/// <summary>How holders and homes agree on who has a job.</summary>
public sealed class ClaimTests
{
    private static readonly Generation High = Solo.Generation(9, "a1");

    // The job was offered to z1 under the number 1.
    [Theory]
    [InlineData("z1", 0, false)]
    [InlineData("z1", 1, true)]
    [InlineData("z1", 2, true)]
    [InlineData("y1", 0, false)]
    [InlineData("y1", 1, false)]
    [InlineData("y1", 2, true)]
    public void Claim_OfAJobThatWasOffered_CountsIfItComesOfThatOfferOrALaterOne(string holder, int transfer, bool isCurrent)
    {
        foreach (var isAccepted in new[] { false, true })
        {
            var (solo, job) = Offering(isAccepted);

            solo.Receive(holder, Holding(job, holder, transfer));

            var verdict = Assert.Single(Assert.Single(solo.Sent<Message.HoldingAck>(holder)).Jobs);
            Assert.Equal(new JobVerdict(job.Id, new TransferNumber(transfer), new Attempt(0), isCurrent), verdict);
            var other = isAccepted ? "z1" : "m1";
            Assert.Equal(ExecutorId.Parse(isCurrent ? holder : other), solo.View(job.Id)!.Holder);
        }
    }

    [Fact]
    public void Report_WithNewsOfTheJob_IsRecorded_AndOneWithoutIsNot()
    {
        var (solo, job) = Offering(isAccepted: true);
        var start = solo.Instant.Wall;
        bool IsNews(string holder, int transfer, int attempt, DateTimeOffset? startedAt, int crashes)
        {
            solo.Forget();
            var held = new HeldJob(
                job.Id,
                ExecutorId.Parse(holder),
                new TransferNumber(transfer),
                new Attempt(attempt),
                crashes,
                startedAt
            );
            solo.Receive(holder, new Message.Holding(new EquatableList<HeldJob>(held)));
            Assert.True(Assert.Single(Assert.Single(solo.Sent<Message.HoldingAck>(holder)).Jobs).Current);
            return solo.Records.OfType<Record.Located>().Any();
        }

        Assert.False(IsNews("z1", 1, attempt: 0, startedAt: null, crashes: 0));
        Assert.True(IsNews("z1", 1, attempt: 1, start, crashes: 0));
        Assert.False(IsNews("z1", 1, attempt: 1, start, crashes: 0));
        Assert.True(IsNews("z1", 1, attempt: 1, startedAt: null, crashes: 1));
        Assert.Equal((JobState.Waiting, 1), (solo.View(job.Id)!.State, solo.View(job.Id)!.Crashes));
        Assert.True(IsNews("z1", 1, attempt: 2, startedAt: null, crashes: 2));
        Assert.True(IsNews("y1", 2, attempt: 2, startedAt: null, crashes: 2));
        Assert.True(IsNews("y1", 3, attempt: 2, startedAt: null, crashes: 2));
        Assert.False(IsNews("y1", 3, attempt: 2, startedAt: null, crashes: 2));
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public void Question_ForAHeldJob_IsAnsweredByAReport_UnlessAnotherCopyIsMeant(int transfer, bool isHere)
    {
        var solo = Holder();

        solo.Receive("a1", Question("a1-7", transfer));
        solo.Wait(TimeSpan.FromMilliseconds(20));

        Assert.Equal(isHere ? ["a1-7"] : [], Reported(solo, "a1"));
        Assert.Equal(isHere ? [] : [Solo.Transfer(JobId.Parse("a1-7"), transfer)], solo.Sent<Message.Reject>("a1").SelectMany(r => r.Jobs));
    }

    [Fact]
    public void Question_AskedAgain_DoesNotPutTheAnswerOff()
    {
        var solo = Holder();

        for (var i = 0; i < 4; i++)
        {
            solo.Receive("a1", Question("a1-7", 2));
            solo.Wait(TimeSpan.FromMilliseconds(5));
        }

        Assert.Equal(["a1-7"], Reported(solo, "a1"));
    }

    [Theory]
    [InlineData("a1-7")]
    [InlineData("a1-9")]
    public void Question_BySomebodyElseThanTheHome_IsNotAnswered(string job)
    {
        var solo = Holder();

        solo.Receive("z1", Question(job, 2));
        solo.Wait(TimeSpan.FromMilliseconds(20));

        Assert.Empty(solo.Sent<Message.Reject>("z1"));
        Assert.Empty(Reported(solo, "z1"));
        Assert.Empty(Reported(solo, "a1"));
    }

    [Fact]
    public void HeldJob_ThatIsPassedOn_IsKeptAndReportedUntilItsHomeKnowsWhoHasIt()
    {
        var (solo, onward) = Solo.PassingOn();
        solo.Receive("z1", new Message.Accept(new EquatableList<JobTransfer>(new JobTransfer(onward.Id, onward.Transfer))));
        solo.Wait(TimeSpan.FromMilliseconds(20));
        var expected = new HeldJob(onward.Id, ExecutorId.Parse("z1"), onward.Transfer, onward.Attempt, 0, StartedAt: null);
        Assert.Contains(expected, Assert.Single(solo.Sent<Message.Holding>("a1")).Jobs);
        Assert.Empty(solo.Records.OfType<Record.Dropped>());

        solo.Wait(TimeSpan.FromMilliseconds(200));
        Assert.Equal(2, solo.Sent<Message.Holding>("a1").Count(report => report.Jobs.Contains(expected)));

        solo.Receive(
            "a1",
            new Message.HoldingAck(new EquatableList<JobVerdict>(new JobVerdict(onward.Id, onward.Transfer, onward.Attempt, Current: true)))
        );
        Assert.Equal(onward.Id, Assert.Single(solo.Records.OfType<Record.Dropped>()).Id);
    }

    [Fact]
    public void HeldJob_ThatIsRefusedElsewhere_IsReportedUnderItsNewNumber()
    {
        var (solo, onward) = Solo.PassingOn();

        Refuse(solo, onward);
        solo.Wait(TimeSpan.FromMilliseconds(20));

        var report = Assert.Single(solo.Sent<Message.Holding>("a1").SelectMany(report => report.Jobs), job => job.Id == onward.Id);
        Assert.Equal((solo.Self.Id, onward.Transfer.Next), (report.Holder, report.Transfer));
    }

    [Fact]
    public void HeldJob_ThatIsOfferedOnAgain_IsNotReportedWhileNobodyKnowsWhoHasIt()
    {
        var (solo, onward) = Solo.PassingOn();
        Refuse(solo, onward);
        solo.Receive("z1", new Message.Ack(High, 4));
        solo.Forget();

        solo.ReceiveToken("a1", High, 5, Solo.Row("z1", 0, 0));
        Assert.Equal(onward.Id, Assert.Single(Assert.Single(solo.Sent<Message.Offer>("z1")).Jobs).Id);
        solo.Wait(TimeSpan.FromMilliseconds(20));

        Assert.Equal(["a1-7"], Reported(solo, "a1"));
    }

    [Fact]
    public void Home_ThatIsStartedAgain_IsToldOfAllItsJobsThatAreHere()
    {
        var solo = Holder();
        Assert.Empty(Reported(solo, "a1"));

        solo.Receive("a1", new Message.Hello(1, new EquatableList<Member>(Solo.MemberOf("a1", 2))));
        solo.Greeted("a1", 2);
        solo.Wait(TimeSpan.FromMilliseconds(20));

        Assert.Equal(["a1-7", "a1-8"], Reported(solo, "a1").Order());
    }

    /// <summary>A core whose job was offered to z1 under the number 1.</summary>
    private static (Solo Solo, OfferedJob Job) Offering(bool isAccepted)
    {
        var solo = new Solo(slots: 1).With("y1", "z1");
        solo.Submit();
        solo.Submit();
        solo.ReceiveToken("y1", High, 3, Solo.Row("y1", 2, 0), Solo.Row("z1", 0, 0));
        var job = Assert.Single(Assert.Single(solo.Sent<Message.Offer>("z1")).Jobs);
        if (isAccepted)
        {
            solo.Receive("z1", new Message.Accept(new EquatableList<JobTransfer>(new JobTransfer(job.Id, job.Transfer))));
        }

        return (solo.Forget(), job);
    }

    /// <summary>A core that has jobs of a1 from z1, under the number 2: one that runs, as a1 knows, and one that waits.</summary>
    private static Solo Holder()
    {
        var solo = new Solo(slots: 1).With("a1", "z1");
        solo.Receive("z1", Solo.Offer("a1-7", 2));
        solo.Receive("z1", Solo.Offer("a1-8", 2));
        solo.Wait(TimeSpan.FromMilliseconds(20));
        Assert.Equal(["a1-7"], Reported(solo, "a1"));
        var verdict = new JobVerdict(JobId.Parse("a1-7"), new TransferNumber(2), new Attempt(1), Current: true);
        solo.Receive("a1", new Message.HoldingAck(new EquatableList<JobVerdict>(verdict)));
        return solo.Forget();
    }

    private static void Refuse(Solo solo, OfferedJob job) =>
        solo.Receive("z1", new Message.Reject(new EquatableList<JobTransfer>(new JobTransfer(job.Id, job.Transfer))));

    private static Message.Check Question(string job, int transfer) =>
        new(new EquatableList<JobTransfer>(Solo.Transfer(JobId.Parse(job), transfer)));

    private static Message.Holding Holding(OfferedJob job, string holder, int transfer) =>
        new(
            new EquatableList<HeldJob>(
                new HeldJob(job.Id, ExecutorId.Parse(holder), new TransferNumber(transfer), new Attempt(0), 0, StartedAt: null)
            )
        );

    private static string[] Reported(Solo solo, string home) =>
        [.. solo.Sent<Message.Holding>(home).SelectMany(report => report.Jobs).Select(job => job.Id.ToString())];
}
