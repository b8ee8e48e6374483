namespace Rondo.Core.Tests;

/// <summary>A job that depends on others starts when they have ended as it asked, wherever their homes are, and fails when they cannot.</summary>
public sealed class DependencyTests
{
    private static readonly JobId _foreign = JobId.Parse("a1-7");

    private readonly Solo _solo = new();

    [Fact]
    public void Job_WhoseDependencyRuns_IsScheduledAndSaysWhy()
    {
        var first = _solo.Submit();
        var second = _solo.Submit(After(first));

        var view = _solo.View(second)!;
        Assert.Equal((JobState.Scheduled, Reasons.WaitingForDependencies), (view.State, view.Reason));
        Assert.Equal([DependencyState.Pending], view.Dependencies);
        Assert.DoesNotContain(_solo.Effects, effect => effect is Effect.Start start && start.Id == second);
    }

    [Fact]
    public void Job_WhoseDependencySucceeded_StartsInTheSameBatchAndNotesItBefore()
    {
        var first = _solo.Submit();
        var second = _solo.Submit(After(first));
        _solo.Forget();

        End(first);

        Assert.Equal(
            [typeof(Record.Finished), typeof(Record.DependencyEnded), typeof(Record.Started)],
            _solo.Records.Select(record => record.GetType())
        );
        Assert.Contains(_solo.Effects, effect => effect is Effect.Start start && start.Id == second);
    }

    [Theory]
    [InlineData(DependencyCondition.Success, JobEnd.Succeeded, true)]
    [InlineData(DependencyCondition.Success, JobEnd.Failed, false)]
    [InlineData(DependencyCondition.Success, JobEnd.Cancelled, false)]
    [InlineData(DependencyCondition.Failure, JobEnd.Succeeded, false)]
    [InlineData(DependencyCondition.Failure, JobEnd.Failed, true)]
    [InlineData(DependencyCondition.Failure, JobEnd.Cancelled, true)]
    [InlineData(DependencyCondition.End, JobEnd.Succeeded, true)]
    [InlineData(DependencyCondition.End, JobEnd.Failed, true)]
    [InlineData(DependencyCondition.End, JobEnd.Cancelled, true)]
    public void Job_WhoseDependencyEnded_RunsOrFailsAsItAsked(DependencyCondition when, JobEnd end, bool runs)
    {
        var first = _solo.Submit();
        var second = _solo.Submit(After(when, first));

        End(first, end);

        var view = _solo.View(second)!;
        Assert.Equal(runs ? (JobState.Running, null) : (JobState.Failed, Reasons.DependencyFailed), (view.State, view.Reason));
        Assert.True(runs || view.Error!.Contains(first.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public void Job_OfSeveralDependencies_WaitsForTheLast()
    {
        var first = _solo.Submit();
        var second = _solo.Submit();
        var third = _solo.Submit(After(first, second));

        End(first);
        Assert.Equal([DependencyState.Succeeded, DependencyState.Pending], _solo.View(third)!.Dependencies);
        Assert.Equal(JobState.Scheduled, _solo.View(third)!.State);

        End(second);
        Assert.Equal(JobState.Running, _solo.View(third)!.State);
    }

    [Fact]
    public void Failure_OfALongChain_ReachesItsEndWithoutARecursion()
    {
        var solo = new Solo(maxUnfinished: int.MaxValue);
        var first = solo.Submit();
        var last = first;
        for (var i = 0; i < 20_000; i++)
        {
            last = solo.Submit(After(last));
        }

        solo.End(first, JobEnd.Failed);
        solo.Wait(TimeSpan.FromSeconds(1));

        Assert.Equal(Reasons.DependencyFailed, solo.Records.OfType<Record.Finished>().Single(ended => ended.Id == last).Outcome.Reason);
    }

    [Fact]
    public void Cancel_OfAJobThatWaits_EndsItAndThoseBehindIt()
    {
        var first = _solo.Submit();
        var second = _solo.Submit(After(first));
        var third = _solo.Submit(After(second));

        _solo.Step(new Input.Cancel(new RequestId(99), second));

        Assert.Equal(JobState.Cancelled, _solo.View(second)!.State);
        Assert.Equal(Reasons.DependencyFailed, _solo.View(third)!.Reason);
        Assert.Equal(JobState.Running, _solo.View(first)!.State);
    }

    [Fact]
    public void Dependency_ThatMemoryForgot_IsLookedUpInTheStore()
    {
        var forgotten = new JobId(_solo.Self.Id, 3);
        var solo = new Solo(Recovered.Nothing with { LastNumber = 10 });
        var job = solo.Submit(After(forgotten));
        Assert.Equal([forgotten], solo.Effects.OfType<Effect.LookUp>().Single().Jobs);

        solo.Step(new Input.LookedUp(new EquatableList<JobEnded>(new JobEnded(forgotten, DependencyState.Succeeded))));

        Assert.Equal(JobState.Running, solo.View(job)!.State);
    }

    [Fact]
    public void Dependency_ThatNobodyKnows_FailsTheJobAndSaysSo()
    {
        var solo = new Solo(Recovered.Nothing with { LastNumber = 10 });
        var unknown = new JobId(solo.Self.Id, 3);
        var job = solo.Submit(After(unknown));

        solo.Step(new Input.LookedUp(new EquatableList<JobEnded>(new JobEnded(unknown, DependencyState.Unknown))));

        var view = solo.View(job)!;
        Assert.Equal((JobState.Failed, Reasons.DependencyFailed), (view.State, view.Reason));
        Assert.Contains(unknown.ToString(), view.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Dependency_OnALaterJobOfThisHome_IsAGuessAndFails()
    {
        var job = _solo.Submit(After(new JobId(_solo.Self.Id, 2)));

        Assert.Equal(Reasons.DependencyFailed, _solo.View(job)!.Reason);
    }

    [Fact]
    public void Dependency_OnItself_Fails()
    {
        var job = _solo.Submit(After(new JobId(_solo.Self.Id, 1)));

        Assert.Equal(Reasons.DependencyFailed, _solo.View(job)!.Reason);
    }

    [Fact]
    public void Dependency_AtAHomeThatIsNoMember_Fails()
    {
        var job = _solo.Submit(After(_foreign));

        Assert.Equal(Reasons.DependencyFailed, _solo.View(job)!.Reason);
    }

    [Fact]
    public void Dependency_AtAnotherHome_IsAskedForUntilAnsweredAndTheEndAcknowledged()
    {
        _solo.With("a1");
        var job = _solo.Submit(After(_foreign));
        Assert.Equal([_foreign], _solo.Sent<Message.Await>("a1").Single().Jobs);
        _solo.Wait(TimeSpan.FromSeconds(1));
        Assert.True(_solo.Sent<Message.Await>("a1").Count() > 1, "it was not asked again");

        Answer(DependencyState.Pending);
        _solo.Forget().Wait(Dependencies.FirstPause / 2);
        Assert.Empty(_solo.Sent<Message.Await>("a1"));

        Answer(DependencyState.Succeeded);
        Assert.Equal([_foreign], _solo.Sent<Message.EndedAck>("a1").Single().Jobs);
        Assert.Single(_solo.Records.OfType<Record.DependencyEnded>());
        Assert.Equal(JobState.Running, _solo.View(job)!.State);

        Answer(DependencyState.Succeeded);
        Assert.Single(_solo.Records.OfType<Record.DependencyEnded>());
        Assert.Equal(2, _solo.Sent<Message.EndedAck>("a1").Count());
    }

    [Fact]
    public void Dependency_AtAHomeThatWasStartedAgain_IsAskedForAgain()
    {
        _solo.With("a1");
        _solo.Submit(After(_foreign));
        Answer(DependencyState.Pending);
        _solo.Forget();

        _solo.Receive("a1", new Message.Hello(2, new EquatableList<Member>(Solo.MemberOf("a1", incarnation: 2))));
        _solo.Greeted("a1", incarnation: 2);

        Assert.Single(_solo.Sent<Message.Await>("a1"));
    }

    [Fact]
    public void Dependency_AtAHomeThatLeaves_Fails()
    {
        _solo.With("a1");
        var job = _solo.Submit(After(_foreign));

        _solo.Receive("a1", new Message.Leave(ExecutorId.Parse("a1"), new Incarnation(1)));

        Assert.Equal(Reasons.DependencyFailed, _solo.View(job)!.Reason);
    }

    [Fact]
    public void Await_ForARunningJob_IsAnsweredAtOnceAndAtItsEndUntilAcknowledged()
    {
        _solo.With("a1");
        var job = _solo.Submit();
        _solo.Receive("a1", new Message.Await(new EquatableList<JobId>(job)));
        Assert.Equal([new JobEnded(job, DependencyState.Pending)], _solo.Sent<Message.Ended>("a1").Single().Jobs);

        _solo.Forget();
        End(job, JobEnd.Failed);
        Assert.Equal([new JobEnded(job, DependencyState.Failed)], _solo.Sent<Message.Ended>("a1").Single().Jobs);
        _solo.WaitWithoutToken(TimeSpan.FromSeconds(1), "a1");
        Assert.True(_solo.Sent<Message.Ended>("a1").Count() > 1, "the end was not repeated");

        _solo.Receive("a1", new Message.EndedAck(new EquatableList<JobId>(job)));
        _solo.Forget().WaitWithoutToken(TimeSpan.FromSeconds(5), "a1");
        Assert.Empty(_solo.Sent<Message.Ended>("a1"));
        Assert.DoesNotContain(_solo.Effects, effect => effect is Effect.Note { Event: CoreEvent.PeerSuspected });
    }

    [Fact]
    public void Await_ForAJobThatMemoryForgot_IsAnsweredFromTheStore()
    {
        var solo = new Solo(Recovered.Nothing with { LastNumber = 10 }).With("a1");
        var old = new JobId(solo.Self.Id, 3);
        solo.Receive("a1", new Message.Await(new EquatableList<JobId>(old)));
        Assert.Equal([old], solo.Effects.OfType<Effect.LookUp>().Single().Jobs);

        solo.Forget().Step(new Input.LookedUp(new EquatableList<JobEnded>(new JobEnded(old, DependencyState.Unknown))));

        Assert.Equal([new JobEnded(old, DependencyState.Unknown)], solo.Sent<Message.Ended>("a1").Single().Jobs);
    }

    [Fact]
    public void Restart_OfTheHome_GoesOnFromWhatWasNoted()
    {
        var first = _solo.Submit();
        var second = _solo.Submit();
        var third = _solo.Submit(After(first, second));
        End(first);
        var again = Again(_solo);

        Assert.Empty(again.Effects.OfType<Effect.LookUp>());
        Assert.Equal([DependencyState.Succeeded, DependencyState.Pending], again.View(third)!.Dependencies);
    }

    private void Answer(DependencyState state) =>
        _solo.Receive("a1", new Message.Ended(new EquatableList<JobEnded>(new JobEnded(_foreign, state))));

    private void End(JobId id, JobEnd end = JobEnd.Succeeded) => _solo.End(id, end);

    private static Solo Again(Solo solo) => new(Recovered.Nothing with { LastNumber = 3, Jobs = solo.Unfinished() });

    private static JobTerms After(params ReadOnlySpan<JobId> jobs) => After(DependencyCondition.Success, jobs);

    private static JobTerms After(DependencyCondition when, params ReadOnlySpan<JobId> jobs)
    {
        var after = new List<Dependency>();
        foreach (var job in jobs)
        {
            after.Add(new Dependency(job, when));
        }

        return TestExecutor.Command() with
        {
            After = new EquatableList<Dependency>([.. after]),
        };
    }
}
