namespace Rondo.Core.Tests;

/// <summary>What clients are told of jobs and of the ring.</summary>
public sealed class DeskTests
{
    [Fact]
    public void List_InPages_HasTheNewestJobsFirstAndEachOnce()
    {
        var solo = new Solo(slots: 1);
        var ids = Enumerable.Range(0, 7).Select(_ => solo.Submit()).Reverse().ToArray();

        var first = List(solo, limit: 3);
        var second = List(solo, limit: 3, below: first[^1].Number);
        var third = List(solo, limit: 3, below: second[^1].Number);

        Assert.Equal(ids, first.Concat(second).Concat(third));
        Assert.Equal((3, 3, 1), (first.Length, second.Length, third.Length));
        Assert.Empty(List(solo, limit: 3, below: 1));
    }

    [Fact]
    public void List_WithConditions_HasTheJobsThatMeetAllOfThem()
    {
        var solo = new Solo(slots: 1).With("a1");
        var label = new Label("team", "red");
        var running = solo.Submit(Terms("one", "night"));
        var waiting = solo.Submit(Terms("two", "night") with { Labels = new EquatableList<Label>(label, new Label("x", "y")) });
        var scheduled = solo.Submit(Terms("one", "day") with { Start = new StartTime.After(TimeSpan.FromHours(1)) });
        solo.Receive("a1", Solo.Offer("a1-7", 1));

        Assert.Equal([scheduled, waiting, running], List(solo));
        Assert.Equal([running], List(solo, state: JobState.Running));
        Assert.Equal([waiting], List(solo, state: JobState.Waiting));
        Assert.Equal([scheduled], List(solo, state: JobState.Scheduled));
        Assert.Equal([scheduled, running], List(solo, name: "one"));
        Assert.Equal([waiting, running], List(solo, group: "night"));
        Assert.Equal([running], List(solo, name: "one", group: "night"));
        Assert.Empty(List(solo, name: "two", group: "day"));
        Assert.Equal([waiting], List(solo, labels: [label]));
        Assert.Empty(List(solo, labels: [label, new Label("team", "blue")]));
    }

    [Fact]
    public void Ring_AsOneExecutorKnowsIt_HasAllMembersWithTheirLoadInOrder()
    {
        var solo = new Solo(slots: 2).With("z1", "a1", "k1");
        for (var i = 0; i < 3; i++)
        {
            solo.Submit();
        }

        solo.Step(new Input.LinkBroken(ExecutorId.Parse("z1")));
        solo.ReceiveToken(
            "a1",
            Solo.Generation(9, "a1"),
            3,
            Solo.Row("a1", 5, 1, slots: 5) with
            {
                Draining = true,
            },
            Solo.Row("k1", 4, 4, slots: 4)
        );

        var view = Assert.IsType<Answer.Ring>(solo.Ask(id => new Input.QueryRing(id))).View;

        Assert.Equal(
            [
                ("a1", ExecutorState.Draining, 5, 1, 5, true),
                ("k1", ExecutorState.Alive, 4, 4, 4, false),
                ("m1", ExecutorState.Alive, 2, 1, 2, false),
                ("z1", ExecutorState.Suspected, 0, 0, 0, false),
            ],
            view.Executors.Select(row => (row.Member.Name, row.State, row.Running, row.Waiting, row.Slots, row.Draining))
        );
        Assert.Equal(2, view.Spread);
        Assert.Equal(Solo.Generation(9, "a1"), view.Generation);
    }

    [Fact]
    public void Ring_OfOneThatDrains_SaysSo()
    {
        var solo = new Solo();
        solo.Submit();
        solo.Request(id => new Input.Drain(id));

        var view = Assert.IsType<Answer.Ring>(solo.Ask(id => new Input.QueryRing(id))).View;

        Assert.Equal((ExecutorState.Draining, true), (view.Executors.Single().State, view.Executors.Single().Draining));
        Assert.Equal(0, view.Spread);
    }

    [Fact]
    public void Watch_OfAJob_IsAnsweredWhenItEndsAndOnlyOnce()
    {
        var solo = new Solo();
        var id = solo.Submit();
        var first = solo.Request(request => new Input.Watch(request, id, Known: null));
        var second = solo.Request(request => new Input.Watch(request, id, Known: null));
        var given = solo.Request(request => new Input.Watch(request, id, Known: null));
        solo.Step(new Input.Unwatch(given, id));
        Assert.Null(solo.AnswerTo(first));

        solo.End(id);

        Assert.Equal(JobState.Succeeded, StateIn(solo.AnswerTo(first)));
        Assert.Equal(JobState.Succeeded, StateIn(solo.AnswerTo(second)));
        Assert.Null(solo.AnswerTo(given));
        Assert.Equal(JobState.Succeeded, StateIn(solo.Ask(request => new Input.Watch(request, id, Known: null))));
    }

    [Fact]
    public void Watch_ByWhoKnowsTheState_IsAnsweredByAnother()
    {
        var solo = new Solo(slots: 1);
        var first = solo.Submit();
        var second = solo.Submit();
        var known = WatchedState.Of(solo.View(second)!);
        var isNews = solo.Request(request => new Input.Watch(request, second, known));
        var end = solo.Request(request => new Input.Watch(request, second, Known: null));

        Assert.Null(solo.AnswerTo(isNews));
        Assert.Equal(
            JobState.Waiting,
            StateIn(solo.Ask(request => new Input.Watch(request, second, known with { State = JobState.Scheduled })))
        );

        solo.End(first);
        Assert.Equal(JobState.Running, StateIn(solo.AnswerTo(isNews)));
        Assert.Null(solo.AnswerTo(end));

        solo.End(second);
        Assert.Equal(JobState.Succeeded, StateIn(solo.AnswerTo(end)));
    }

    [Fact]
    public void Unwatch_OfTheOnlyOneThatWatched_LeavesNobodyToTell()
    {
        var solo = new Solo();
        var id = solo.Submit();
        var watch = solo.Request(request => new Input.Watch(request, id, Known: null));
        solo.Step(new Input.Unwatch(watch, id));
        solo.Step(new Input.Unwatch(watch, id));

        solo.End(id);

        Assert.Null(solo.AnswerTo(watch));
    }

    [Fact]
    public void Submission_ThatIsFollowed_IsToldOfTheEndToo()
    {
        var solo = new Solo();
        var request = solo.Request(id => new Input.Submit(id, TestExecutor.Command(), JobContent.Empty, Follow: true));
        var submitted = Assert.IsType<Answer.Submitted>(solo.AnswerTo(request));
        solo.Forget();

        solo.End(submitted.Id, JobEnd.Failed);

        var ended = Assert.IsType<Answer.Ended>(solo.AnswerTo(request));
        Assert.Equal((submitted.Id, JobEnd.Failed), (ended.Id, ended.Outcome.End));
    }

    [Fact]
    public void Query_OfWhatIsNotHere_IsLeftToTheStore()
    {
        var solo = new Solo(change: settings => settings with { RecentFinished = 2 });
        var ids = Enumerable.Range(0, 3).Select(_ => solo.Submit()).ToArray();
        foreach (var id in ids)
        {
            solo.End(id);
        }

        Assert.Null(solo.View(ids[0]));
        Assert.NotNull(solo.View(ids[1]));
        Assert.NotNull(solo.View(ids[2]));
        Assert.IsType<Answer.NotInMemory>(solo.Ask(request => new Input.Query(request, JobId.Parse("m1-99"))));
    }

    [Fact]
    public void Submit_BeyondTheBounds_IsRefusedWithWhatIsThereUntilOneEnds()
    {
        var solo = new Solo(change: settings => settings with { MaxUnfinished = 2, MaxUnfinishedBytes = 100 });
        Assert.IsType<Answer.Submitted>(Submit(solo, 60));

        Assert.Equal(
            new Answer.Refused(
                Refusal.Full,
                "this executor has 1 unfinished jobs with 60 bytes and takes no more before some end (at most 2 jobs and 100 bytes)"
            ),
            Submit(solo, 41)
        );
        var second = Assert.IsType<Answer.Submitted>(Submit(solo, 40)).Id;
        Assert.IsType<Answer.Refused>(Submit(solo, 0));

        solo.End(second);
        Assert.IsType<Answer.Refused>(Submit(solo, 41));
        Assert.IsType<Answer.Submitted>(Submit(solo, 40));
    }

    [Fact]
    public void Submit_ToOneThatDrains_IsRefusedWithWhereToGo()
    {
        var solo = new Solo();
        solo.Submit();
        solo.Request(id => new Input.Drain(id));

        Assert.Equal(
            new Answer.Refused(Refusal.Draining, "this executor is draining and takes no jobs; submit to another one"),
            Submit(solo, 0)
        );
    }

    [Fact]
    public void Remove_OfAnExecutorThatIsAliveOrUnknown_IsRefusedWithTheReason()
    {
        var solo = new Solo().With("z1");

        Assert.Equal(
            new Answer.Refused(Refusal.UnknownExecutor, "no executor a1 in this ring"),
            solo.Ask(id => new Input.Remove(id, ExecutorId.Parse("a1")))
        );
        Assert.Equal(
            new Answer.Refused(Refusal.StillAlive, "executor z1 is alive: drain it instead"),
            solo.Ask(id => new Input.Remove(id, ExecutorId.Parse("z1")))
        );
    }

    [Fact]
    public void Remove_OfAnExecutorThatIsGone_IsToldToThoseThatAreThere()
    {
        var solo = new Solo().With("a1", "b1", "z1");
        solo.Step(new Input.LinkBroken(ExecutorId.Parse("z1")));
        solo.Step(new Input.LinkBroken(ExecutorId.Parse("b1")));

        Assert.Equal(new Answer.Done(), solo.Ask(id => new Input.Remove(id, ExecutorId.Parse("z1"))));

        Assert.Equal(new Message.Leave(ExecutorId.Parse("z1"), new Incarnation(1)), Assert.Single(solo.Sent<Message.Leave>("a1")));
        Assert.Empty(solo.Sent<Message.Leave>("b1"));
        Assert.Empty(solo.Sent<Message.Leave>("z1"));
        Assert.Equal(
            ["a1", "b1", "m1"],
            Assert.IsType<Answer.Ring>(solo.Ask(id => new Input.QueryRing(id))).View.Executors.Select(row => row.Member.Name)
        );
    }

    [Fact]
    public void WaitingJob_ThatNobodyCanRun_SaysSoUntilSomebodyCan()
    {
        var solo = new Solo().With("z1");
        var handler = solo.Submit(TestExecutor.Handler("resize"));
        Assert.Equal(Reasons.NoExecutorCanRunIt, solo.View(handler)!.Reason);

        var able = Solo.MemberOf("z1", incarnation: 2) with { Capabilities = new Capabilities(false, new EquatableList<string>("resize")) };
        solo.Receive("z1", new Message.Hello(7, new EquatableList<Member>(able)));
        solo.Greeted("z1", member: able);
        Assert.Equal(Reasons.WaitingForSlot, solo.View(handler)!.Reason);

        solo.Step(new Input.LinkBroken(able.Id));
        Assert.Equal(Reasons.NoExecutorCanRunIt, solo.View(handler)!.Reason);
    }

    [Fact]
    public void WaitingJob_WhileAllSlotsAreTaken_SaysSo()
    {
        var solo = new Solo(slots: 1);
        solo.Submit();

        Assert.Equal(Reasons.WaitingForSlot, solo.View(solo.Submit())!.Reason);
    }

    [Fact]
    public void Key_ThatIsAskedFor_IsToldWithItsJob()
    {
        var solo = new Solo();
        var id = solo.Submit(TestExecutor.Command() with { IdempotencyKey = "night", Digest = 77 });

        Assert.Equal(new Answer.Key(new KeyedJob(id, 77)), solo.Ask(request => new Input.QueryKey(request, "night")));
        Assert.Equal(new Answer.Key(null), solo.Ask(request => new Input.QueryKey(request, "day")));
    }

    [Fact]
    public void Key_OfAnotherJob_IsRefusedWithTheJobThatHasIt()
    {
        var solo = new Solo();
        var terms = TestExecutor.Command() with { IdempotencyKey = "night", Digest = 77 };
        var first = solo.Submit(terms);

        Assert.Equal(
            new Answer.Refused(
                Refusal.KeyConflict,
                $"the idempotency key 'night' was given to job {first} already, and that one is different: "
                    + "a repetition has to be the same, and another job needs another key"
            ),
            solo.Ask(request => new Input.Submit(request, terms with { Digest = 78 }, JobContent.Empty))
        );
    }

    [Fact]
    public void Cancel_OfAJobOfAnotherHome_ChangesNothingHere()
    {
        var solo = new Solo().With("a1");
        solo.Receive("a1", Solo.Offer("a1-7", 1));

        var view = Assert.IsType<Answer.Job>(solo.Ask(request => new Input.Cancel(request, JobId.Parse("a1-7")))).View;

        Assert.Equal((JobState.Running, false), (view.State, view.CancelRequested));
        Assert.Empty(solo.Effects.OfType<Effect.Stop>());
    }

    private static JobTerms Terms(string name, string group) => TestExecutor.Command() with { Name = name, Group = group };

    private static Answer Submit(Solo solo, int bytes) =>
        solo.Ask(id => new Input.Submit(id, TestExecutor.Command(), new JobContent(default, new byte[bytes])));

    private static JobState StateIn(Answer? answer) => Assert.IsType<Answer.Job>(answer).View.State;

    private static JobId[] List(
        Solo solo,
        int limit = 10,
        long below = long.MaxValue,
        JobState? state = null,
        string? name = null,
        string? group = null,
        Label[]? labels = null
    ) =>
        [
            .. Assert
                .IsType<Answer.Jobs>(
                    solo.Ask(id => new Input.List(id, below, limit, state, name, group) { Labels = new EquatableList<Label>(labels ?? []) })
                )
                .Views.Select(view => view.Id),
        ];
}
