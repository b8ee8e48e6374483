namespace Rondo.Core.Tests;

/// <summary>Of the jobs of one concurrency key at most so many run at once; the others have their turn in order.</summary>
public sealed class ConcurrencyTests
{
    private readonly Solo _solo = new(slots: 8);

    [Fact]
    public void Jobs_BeyondTheCap_AreScheduledAndSayWhy()
    {
        var jobs = Submit(5, max: 2);

        Assert.Equal([2, 3], [States(jobs, JobState.Running), States(jobs, JobState.Scheduled)]);
        Assert.Equal(Reasons.WaitingForConcurrency, _solo.View(jobs[4])!.Reason);
    }

    [Fact]
    public void End_OfOne_LetsTheNextOneGo()
    {
        var jobs = Submit(5, max: 2);

        _solo.End(jobs[0], JobEnd.Failed);

        Assert.Equal(JobState.Running, _solo.View(jobs[2])!.State);
        Assert.Equal(2, States(jobs, JobState.Running));
    }

    [Fact]
    public void Turn_GoesByPriorityAndThenByAge()
    {
        var jobs = Submit(3, max: 1);
        var urgent = _solo.Submit(Capped("k", 1) with { Priority = 5 });

        _solo.End(jobs[0]);
        Assert.Equal(JobState.Running, _solo.View(urgent)!.State);

        _solo.End(urgent);
        Assert.Equal(JobState.Running, _solo.View(jobs[1])!.State);
    }

    [Fact]
    public void Keys_DoNotCountTogether()
    {
        var one = _solo.Submit(Capped("k", 1));
        var other = _solo.Submit(Capped("l", 1));

        Assert.Equal(2, States([one, other], JobState.Running));
    }

    [Fact]
    public void Cap_OfTheNewestJob_Counts()
    {
        var jobs = Submit(4, max: 1);

        jobs.Add(_solo.Submit(Capped("k", 3)));
        Assert.Equal(3, States(jobs, JobState.Running));

        jobs.Add(_solo.Submit(Capped("k", 1)));
        _solo.End(jobs[0]);
        Assert.Equal(2, States(jobs, JobState.Running));
    }

    [Fact]
    public void Job_ThatIsAway_CountsUntilItHasEnded()
    {
        var solo = new Solo(slots: 1).With("z1");
        solo.Submit();
        var key = Enumerable.Range(0, 100).Select(i => $"key {i}").First(key => IsOwn(solo, key));
        var first = solo.Submit(Capped(key, 1));
        var second = solo.Submit(Capped(key, 1));
        solo.ReceiveToken("z1", Solo.Generation(9, "z1"), 4, Solo.Row("m1", 1, 1), Solo.Row("z1", 0, 0));
        var offer = solo.Sent<Message.Offer>("z1").Single().Jobs.Single();
        Assert.Equal(first, offer.Id);
        solo.Receive("z1", new Message.Accept(new EquatableList<JobTransfer>(new JobTransfer(first, offer.Transfer))));
        Assert.Equal(JobState.Scheduled, solo.View(second)!.State);

        var result = new JobResult(first, offer.Transfer, new Attempt(1), 0, null, default, new Outcome { End = JobEnd.Succeeded });
        solo.Receive("z1", new Message.Result(new EquatableList<JobResult>(result)));

        Assert.Equal(JobState.Waiting, solo.View(second)!.State);
    }

    [Fact]
    public void Cancel_OfAJobThatWaitsForItsTurn_EndsIt()
    {
        var jobs = Submit(3, max: 1);

        _solo.Step(new Input.Cancel(new RequestId(99), jobs[1]));
        _solo.End(jobs[0]);

        Assert.Equal(JobState.Cancelled, _solo.View(jobs[1])!.State);
        Assert.Equal(JobState.Running, _solo.View(jobs[2])!.State);
    }

    [Fact]
    public void Restart_KeepsTheCap()
    {
        Submit(5, max: 2);

        var again = new Solo(Recovered.Nothing with { LastNumber = 5, Jobs = _solo.Unfinished() }, slots: 8);

        Assert.Equal(2, again.Effects.OfType<Effect.Start>().Count());
    }

    [Fact]
    public void Job_WithDependencies_HasItsTurnOnlyAfterThem()
    {
        var first = _solo.Submit();
        var job = _solo.Submit(
            Capped("k", 1) with
            {
                After = new EquatableList<Dependency>(new Dependency(first, DependencyCondition.Success)),
            }
        );
        var other = _solo.Submit(Capped("k", 1));
        Assert.Equal(JobState.Running, _solo.View(other)!.State);
        Assert.Equal(Reasons.WaitingForDependencies, _solo.View(job)!.Reason);

        _solo.End(first);
        Assert.Equal(Reasons.WaitingForConcurrency, _solo.View(job)!.Reason);

        _solo.End(other);
        Assert.Equal(JobState.Running, _solo.View(job)!.State);
    }

    [Fact]
    public void Submit_OfAKeyThatBelongsToAnotherExecutor_SaysWhich()
    {
        _solo.With("a1", "z1");
        var owners = new HashSet<ExecutorId>();
        for (var i = 0; i < 50; i++)
        {
            var request = new RequestId(1000 + i);
            _solo.Forget().Step(new Input.Submit(request, Capped($"key {i}", 1), JobContent.Empty));
            var answer = _solo.Effects.OfType<Effect.Reply>().Single().Answer;
            owners.Add(answer is Answer.Elsewhere elsewhere ? elsewhere.Owner.Id : Assert.IsType<Answer.Submitted>(answer).Id.Home);
        }

        Assert.Equal(3, owners.Count);
    }

    private static bool IsOwn(Solo solo, string key) => Rendezvous.OwnerOf(key, [solo.Self.Id, ExecutorId.Parse("z1")]) == solo.Self.Id;

    private List<JobId> Submit(int count, int max) => [.. Enumerable.Range(0, count).Select(_ => _solo.Submit(Capped("k", max)))];

    private int States(IEnumerable<JobId> jobs, JobState state) => jobs.Count(job => _solo.View(job)!.State == state);

    private static JobTerms Capped(string key, int max) => TestExecutor.Command() with { Concurrency = new ConcurrencyLimit(key, max) };
}
