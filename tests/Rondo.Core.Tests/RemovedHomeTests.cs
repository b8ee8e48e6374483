namespace Rondo.Core.Tests;

/// <summary>Executors that an operator removed from the ring and that come back after all, with everything that they had promised.</summary>
public sealed class RemovedHomeTests
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(2);

    private readonly TestRing _ring = new();
    private readonly TestExecutor _a;
    private readonly TestExecutor _m;

    public RemovedHomeTests()
    {
        _a = _ring.Add("a1", slots: 1);
        _m = _ring.Add("m1", slots: 1, join: "a1:1");
        _ring.Until(
            () => _ring.Executors.Values.All(one => one.Ring().Executors.Count(member => member.State == ExecutorState.Alive) == 2),
            _limit
        );
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Home_ThatWasRemovedAndComesBack_ItsJobsRunAll(bool holderRestarts)
    {
        JobId[] jobs = [.. Enumerable.Range(0, 6).Select(_ => _a.Submit())];
        _ring.Until(() => _a.Records.OfType<Record.Located>().Any(), _limit);
        _a.Kill();
        _ring.Run(TimeSpan.FromMilliseconds(100));
        _m.Ask(request => new Input.Remove(request, _a.Id));
        if (holderRestarts)
        {
            _m.Kill();
            _m.Start();
        }

        _a.Start();

        _ring.Until(() => jobs.All(job => _a.View(job).IsFinal), _limit);
        Assert.All(jobs, job => Assert.Equal(JobState.Succeeded, _a.View(job).State));
        Assert.Contains(_ring.Sent, sent => sent.Message is Message.Check);
    }

    [Fact]
    public void Home_ThatIsStartedAgain_TakesNothingBackThatIsStillThere()
    {
        JobId[] jobs = [.. Enumerable.Range(0, 6).Select(_ => _a.Submit())];
        _ring.Until(() => _a.Records.OfType<Record.Located>().Any(), _limit);
        _a.Kill();
        _a.Start();

        _ring.Until(() => jobs.All(job => _a.View(job).IsFinal), _limit);

        Assert.Empty(_a.Records.OfType<Record.TakenBack>());
        Assert.All(jobs, job => Assert.Equal(JobState.Succeeded, _a.View(job).State));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Holder_ThatPassesTheTokenButAnswersNoQuestionForAJob_IsGreeted(bool answers)
    {
        var solo = new Solo(slots: 1).With("a1", "z1");
        var generation = Solo.Generation(9, "a1");
        solo.Submit();
        solo.Submit();
        solo.ReceiveToken("a1", generation, 1, Solo.Row("a1", 2, 0), Solo.Row("z1", 0, 0));
        var job = Assert.Single(Assert.Single(solo.Sent<Message.Offer>("z1")).Jobs);

        // The word of a third who has the job makes this home ask there.
        var held = new HeldJob(job.Id, ExecutorId.Parse("z1"), job.Transfer, job.Attempt, 0, null);
        solo.Receive("a1", new Message.Holding(new EquatableList<HeldJob>(held)));
        Assert.Single(solo.Sent<Message.Check>("z1"));
        if (answers)
        {
            solo.Receive("z1", new Message.Holding(new EquatableList<HeldJob>(held)));
        }

        for (var hop = 2; hop < 112; hop += 2)
        {
            solo.Receive("z1", new Message.Ack(generation, hop));
            solo.Wait(TimeSpan.FromMilliseconds(100));
            solo.ReceiveToken("a1", generation, hop + 1, Solo.Row("a1", 2, 0), Solo.Row("z1", 0, 0));
        }

        Assert.Equal(answers ? 0 : 1, solo.Sent<Message.Hello>("z1").Count());
    }

    [Fact]
    public void Job_OfAHomeThatLeft_IsOfferedAnewWhileItsOldAttemptEnds_RunsUnderAnotherNumber()
    {
        var solo = new Solo(slots: 2).With("a1", "z1");
        var job = JobId.Parse("a1-7");
        solo.Receive("z1", Solo.Offer("a1-7", 2));
        solo.Receive("a1", new Message.Leave(job.Home, new Incarnation(1)));
        var first = Assert.Single(solo.Effects.OfType<Effect.Stop>()).Attempt;

        // Whoever passed the job on did not hear that it was accepted.
        solo.Receive("z1", Solo.Offer("a1-7", 2));
        var second = solo.Effects.OfType<Effect.Start>().Last().Attempt;
        solo.Step(new Input.RunEnded(job, first, new Outcome { End = JobEnd.Failed, Reason = Reasons.Signal }, Interrupted: false));

        Assert.NotEqual(first, second);
        Assert.Empty(solo.Records.OfType<Record.Finished>());
        solo.Step(new Input.RunEnded(job, second, new Outcome { End = JobEnd.Succeeded }, Interrupted: false));
        Assert.Equal(JobEnd.Succeeded, Assert.Single(solo.Records.OfType<Record.Finished>()).Outcome.End);
    }
}
