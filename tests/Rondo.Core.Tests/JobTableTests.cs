namespace Rondo.Core.Tests;

/// <summary>What an executor has in memory of its jobs, and what it leaves to its store.</summary>
public sealed class JobTableTests
{
    private static readonly DateTimeOffset At = DateTimeOffset.UnixEpoch;
    private static readonly JobId Id = JobId.Parse("m1-3");
    private static readonly JobContent Large = new(new byte[40], new byte[61]);

    [Theory]
    [InlineData(100, true)]
    [InlineData(101, false)]
    public void Content_BeyondTheBound_IsStartedFromTheStoreAlsoAfterARestart(int bound, bool isStored)
    {
        var expected = isStored ? new StoredContent(101) : Large;
        var before = Bounded(bound);
        before.Ask(id => new Input.Submit(id, TestExecutor.Command(), Large));
        Assert.Equal(expected, Assert.Single(before.Effects.OfType<Effect.Start>()).Content);
        Assert.Equal(Large, Assert.Single(before.Records.OfType<Record.Accepted>()).Content);

        var after = Bounded(bound, before.Recovered);
        Assert.Equal(expected, Assert.Single(after.Effects.OfType<Effect.Start>()).Content);
    }

    [Theory]
    [InlineData(100, true)]
    [InlineData(101, false)]
    public void Content_OfAJobThatWaits_IsInMemoryUpToTheBoundAlsoAfterARestart(int bound, bool isStored)
    {
        var settings = new CoreSettings
        {
            Self = Solo.MemberOf("m1"),
            Slots = 1,
            InMemoryMaxBytes = bound,
        };
        var record = new Record.Accepted(Id, At, TestExecutor.Command(), Large);
        var output = new StepOutput();

        var before = new JobTable(settings).Write(record, new Turn().Begin(new Instant(TimeSpan.Zero, At), output));
        var after = new JobTable(settings);
        after.Recover([(Record.OfJob)Assert.Single(output.Records)]);

        JobContent expected = isStored ? new StoredContent(101) : Large;
        Assert.Equal((expected, expected), (before.Content, after.Find(Id)!.Content));
        Assert.Equal(101, after.HomeBytes);
    }

    [Theory]
    [InlineData(100, true)]
    [InlineData(101, false)]
    public void Result_OfAHeldJobBeyondTheBound_IsSentFromTheStore(int bound, bool isStored)
    {
        var solo = Bounded(bound).With("a1");
        var output = new JobOutput(new byte[101], default);
        solo.Receive("a1", Solo.Offer("a1-7", 1));

        solo.Step(
            new Input.RunEnded(
                JobId.Parse("a1-7"),
                new Attempt(1),
                new Outcome { End = JobEnd.Succeeded, Output = output },
                Interrupted: false
            )
        );

        var sent = Assert.Single(Assert.Single(solo.Sent<Message.Result>("a1")).Jobs).Outcome.Output;
        Assert.Equal(isStored ? new StoredOutput(101) : output, sent);
    }

    [Fact]
    public void Content_OfAJobThatIsHandedOver_CountsUntilItHasEnded()
    {
        var solo = new Solo(change: settings => settings with { MaxUnfinishedBytes = 150 });
        var first = Assert.IsType<Answer.Submitted>(solo.Ask(id => new Input.Submit(id, TestExecutor.Command(), Large))).Id;
        Assert.IsType<Answer.Refused>(solo.Ask(id => new Input.Submit(id, TestExecutor.Command(), Large)));

        solo.End(first);

        Assert.IsType<Answer.Submitted>(solo.Ask(id => new Input.Submit(id, TestExecutor.Command(), Large)));
    }

    [Fact]
    public void Recovery_OfAJobThatHadEnded_TellsOfItAndCountsItNoMore()
    {
        var solo = new Solo(
            Recovered.Nothing with
            {
                LastNumber = 3,
                Jobs =
                [
                    [
                        new Record.Accepted(Id, At, TestExecutor.Command(), Large),
                        new Record.Finished(
                            Id,
                            At,
                            Id.Home,
                            new Attempt(1),
                            0,
                            At,
                            new Outcome { End = JobEnd.Failed, Reason = Reasons.Timeout }
                        ),
                    ],
                ],
            },
            change: settings => settings with { MaxUnfinished = 1, MaxUnfinishedBytes = 110 }
        );

        Assert.Empty(solo.Effects.OfType<Effect.Start>());
        Assert.Equal((JobState.Failed, Reasons.Timeout), (solo.View(Id)!.State, solo.View(Id)!.Reason));
        Assert.Empty(Assert.IsType<Answer.Jobs>(solo.Ask(id => new Input.List(id, long.MaxValue, 10, null, null, null))).Views);
        Assert.IsType<Answer.Submitted>(solo.Ask(id => new Input.Submit(id, TestExecutor.Command(), Large)));
    }

    [Fact]
    public void Recovery_OfTheSameJobTwice_IsRefusedWithTheJob()
    {
        Record.OfJob[] records = [new Record.Accepted(Id, At, TestExecutor.Command(), JobContent.Empty)];

        var settings = new CoreSettings { Self = Solo.MemberOf("m1"), Slots = 1 };

        Assert.Equal(
            "Job m1-3 is here already.",
            Assert
                .Throws<InvalidOperationException>(() =>
                    new ExecutorCore(settings, Recovered.Nothing with { Jobs = [records, records] }, new Instant(TimeSpan.Zero, At))
                )
                .Message
        );
    }

    [Theory]
    [InlineData(10, 5, 20)]
    [InlineData(5, 10, 20)]
    [InlineData(20, 10, 5)]
    public void Drain_OfScheduledJobs_TellsHowManyStayAndWhenTheFirstIsDue(int first, int second, int third)
    {
        var solo = new Solo().With("z1");
        var submitted = solo.Instant.Wall;
        var waiting = solo.Submit(Starting(new StartTime.At(submitted.AddMinutes(first))));
        solo.Submit(Starting(new StartTime.After(TimeSpan.FromMinutes(second))));
        solo.Submit(Starting(new StartTime.At(submitted.AddMinutes(third))));
        solo.Submit(
            TestExecutor.Command() with
            {
                After = new EquatableList<Dependency>(new Dependency(waiting, DependencyCondition.End)),
            }
        );

        var drained = Assert.IsType<Answer.Drained>(solo.Ask(id => new Input.Drain(id)));

        Assert.Equal(new Answer.Drained(0, 4, submitted.AddMinutes(5), 0), drained);
        Assert.Empty(solo.Sent<Message.Leave>("z1"));
    }

    [Fact]
    public void Drain_OfJobsThatWaitForNoTime_TellsNoTime()
    {
        var solo = new Solo().With("a1");
        solo.Submit(
            TestExecutor.Command() with
            {
                After = new EquatableList<Dependency>(new Dependency(JobId.Parse("a1-7"), DependencyCondition.End)),
            }
        );

        Assert.Equal(new Answer.Drained(0, 1, null, 0), solo.Ask(id => new Input.Drain(id)));
    }

    [Fact]
    public void Watch_OfAScheduledJob_IsAnsweredWhenItsTimeComesAlsoWhileNoSlotIsFree()
    {
        var solo = new Solo(slots: 1);
        solo.Submit();
        var id = solo.Submit(Starting(new StartTime.After(TimeSpan.FromSeconds(1))));
        var known = WatchedState.Of(solo.View(id)!);
        var watch = solo.Request(request => new Input.Watch(request, id, known));

        solo.Wait(TimeSpan.FromSeconds(1));

        Assert.Equal(JobState.Waiting, Assert.IsType<Answer.Job>(solo.AnswerTo(watch)).View.State);
    }

    [Fact]
    public void Key_OfAJobThatMemoryForgot_IsLookedUpInTheStore()
    {
        var solo = new Solo(change: settings => settings with { RecentFinished = 1 });
        var keyed = TestExecutor.Command() with { IdempotencyKey = "night", Digest = 77 };
        solo.End(solo.Submit(keyed));
        Assert.IsType<Answer.Submitted>(solo.Ask(id => new Input.Submit(id, keyed, JobContent.Empty)));
        Assert.Empty(solo.Effects.OfType<Effect.FindKey>());

        solo.End(solo.Submit());

        Assert.Null(solo.AnswerTo(solo.Request(id => new Input.Submit(id, keyed, JobContent.Empty))));
        Assert.Equal("night", Assert.Single(solo.Effects.OfType<Effect.FindKey>()).Key);

        // Whether there was another key that is forgotten, memory cannot know.
        Assert.Null(solo.AnswerTo(solo.Request(id => new Input.Submit(id, keyed with { IdempotencyKey = "day" }, JobContent.Empty))));
    }

    [Fact]
    public void Keys_OfJobsWithoutThem_AreNotLookedUp()
    {
        var solo = new Solo(change: settings => settings with { RecentFinished = 1 });
        solo.End(solo.Submit());
        solo.End(solo.Submit());

        solo.Submit(TestExecutor.Command() with { IdempotencyKey = "night" });

        Assert.Empty(solo.Effects.OfType<Effect.FindKey>());
    }

    private static Solo Bounded(int bytes, Recovered? recovered = null) =>
        new(recovered, change: settings => settings with { InMemoryMaxBytes = bytes });

    private static JobTerms Starting(StartTime start) => TestExecutor.Command() with { Start = start };
}
