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
