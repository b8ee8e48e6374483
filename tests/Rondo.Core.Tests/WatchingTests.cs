namespace Rondo.Core.Tests;

/// <summary>Clients that watch jobs and groups: told of what they asked for, once, and of nothing else.</summary>
public sealed class WatchingTests
{
    private static readonly JobId Foreign = JobId.Parse("a1-7");

    private readonly Solo _solo = new Solo(slots: 2).With("a1");

    [Fact]
    public void Progress_OfAJobThatRunsAtItsHome_IsToldToWhoWatchesForChanges()
    {
        var id = _solo.Submit();
        var (change, end) = Watch(id);

        _solo.Step(new Input.Progress(null, id, new Attempt(1), 40, "resizing"));

        Assert.Equal("resizing", Assert.IsType<Answer.Job>(_solo.AnswerTo(change)).View.Progress!.Text);
        Assert.Null(_solo.AnswerTo(end));
    }

    [Fact]
    public void Progress_OfAJobThatRunsElsewhere_IsToldToWhoWatchesForChangesAtItsHome()
    {
        _solo.Submit();
        _solo.Submit();
        var id = _solo.Submit();
        _solo.ReceiveToken("a1", Solo.Generation(9, "a1"), 3, Solo.Row("a1", 0, 0));
        _solo.Receive("a1", new Message.Accept(new EquatableList<JobTransfer>(Solo.Transfer(id, 1))));
        var (change, end) = Watch(id);

        _solo.Receive("a1", new Message.Progress(id, new TransferNumber(1), new JobProgress(70, null, _solo.Instant.Wall)));

        Assert.Equal(70, Assert.IsType<Answer.Job>(_solo.AnswerTo(change)).View.Progress!.Percent);
        Assert.Null(_solo.AnswerTo(end));
    }

    [Fact]
    public void Progress_OfAJobThatDoesNotRun_IsRefusedWithTheJob() =>
        Assert.Equal(
            new Answer.Refused(Refusal.NotRunning, "job m1-9 does not run now"),
            _solo.Ask(request => new Input.Progress(request, JobId.Parse("m1-9"), null, 40, null))
        );

    [Fact]
    public void Watch_OfAGroup_IsAnsweredByNoneThatBeginsOrThatIsOfAnotherHome()
    {
        var watch = _solo.Request(id => new Input.WatchGroup(id, "night", Since: 0));
        _solo.Receive("a1", new Message.Offer(new EquatableList<OfferedJob>(Solo.Offered("a1-7", 1) with { Terms = Night })));
        _solo.End(Foreign);
        Assert.Null(_solo.AnswerTo(watch));

        var own = _solo.Submit(Night);
        Assert.Null(_solo.AnswerTo(watch));

        _solo.End(own);
        Assert.Equal([own], Assert.IsType<Answer.GroupEnded>(_solo.AnswerTo(watch)).Ids);
    }

    [Fact]
    public void Watch_OfAGroupThatWasAnsweredAtOnce_IsNotAnsweredAgain()
    {
        _solo.End(_solo.Submit(Night));
        var second = _solo.Submit(Night);
        var watch = _solo.Request(id => new Input.WatchGroup(id, "night", Since: 0));
        Assert.NotNull(_solo.AnswerTo(watch));

        _solo.Forget().End(second);

        Assert.Null(_solo.AnswerTo(watch));
    }

    [Fact]
    public void Watch_OfAGroupThatOthersGaveUp_IsAnsweredAllTheSame()
    {
        var job = _solo.Submit(Night);
        var given = _solo.Request(id => new Input.WatchGroup(id, "night", Since: 0));
        _solo.Step(new Input.UnwatchGroup(given, "night"));
        _solo.Step(new Input.UnwatchGroup(given, "night"));
        _solo.Step(new Input.UnwatchGroup(given, "day"));
        var watch = _solo.Request(id => new Input.WatchGroup(id, "night", Since: 0));

        _solo.End(job);

        Assert.NotNull(_solo.AnswerTo(watch));
        Assert.Null(_solo.AnswerTo(given));
    }

    [Theory]
    [InlineData(60, true)]
    [InlineData(61, false)]
    public void FinishedJob_IsToldOfFromMemoryForAsLongAsItIsToBeKept(int minutes, bool isTold)
    {
        var kept = new Solo(keepFinished: TimeSpan.FromHours(1));
        var keptLess = new Solo();
        var first = kept.Submit();
        var second = keptLess.Submit(TestExecutor.Command() with { Retention = TimeSpan.FromHours(1) });
        kept.End(first);
        keptLess.End(second);

        kept.Wait(TimeSpan.FromMinutes(minutes));
        keptLess.Wait(TimeSpan.FromMinutes(minutes));

        Assert.Equal((isTold, isTold), (kept.View(first) is not null, keptLess.View(second) is not null));
    }

    private static JobTerms Night => TestExecutor.Command() with { Group = "night" };

    private (RequestId Change, RequestId End) Watch(JobId id)
    {
        var known = WatchedState.Of(_solo.View(id)!);
        return (
            _solo.Request(request => new Input.Watch(request, id, known)),
            _solo.Request(request => new Input.Watch(request, id, Known: null))
        );
    }
}
