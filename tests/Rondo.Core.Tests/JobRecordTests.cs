namespace Rondo.Core.Tests;

/// <summary>What the records of a job make of it when they come late, out of their usual order, or again.</summary>
public sealed class JobRecordTests
{
    private static readonly ExecutorId Self = ExecutorId.Parse("m1");
    private static readonly ExecutorId Other = ExecutorId.Parse("z1");
    private static readonly JobId Id = new(Self, 7);
    private static readonly JobId Foreign = new(Other, 3);
    private static readonly JobContent Content = new(new byte[40], new byte[60]);
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch.AddDays(1);
    private static readonly TransferNumber First = new(1);
    private static readonly Outcome Failed = new()
    {
        End = JobEnd.Failed,
        Reason = Reasons.ExitCode,
        ExitCode = 75,
    };

    [Fact]
    public void Job_ThatNeverStarted_HasNoStart()
    {
        Assert.Null(Home().ToView().StartedAt);
        Assert.Null(Held().ToView().StartedAt);
    }

    [Fact]
    public void Progress_OfAnAttempt_IsOverWithItAndNoSooner()
    {
        Record.OfJob[] over =
        [
            new Record.Started(Id, At(2), new Attempt(1)),
            new Record.TakenBack(Id, At(2), Other, new TransferNumber(2), new Attempt(1), 0, "came home"),
            new Record.Interrupted(Id, At(2), Crashed: false),
            new Record.Retried(Id, At(2), Self, First, new Attempt(1), 0, At(1), TimeSpan.Zero, Failed),
            new Record.Finished(Id, At(2), Self, new Attempt(1), 0, At(1), Failed),
        ];
        Record.OfJob[] during = [new Record.CancelNoted(Id, At(2)), new Record.Located(Id, At(2), Other, First, new Attempt(1), 0, At(1))];

        Assert.All(over, record => Assert.Null(After(record)));
        Assert.All(during, record => Assert.NotNull(After(record)));

        static JobProgress? After(Record.OfJob record)
        {
            var job = Home();
            job.Progress = new JobProgress(40, "resizing", At(1));
            job.Apply(record);
            return job.Progress;
        }
    }

    [Fact]
    public void Content_OfAJobThatIsHandedOver_StaysAtItsHomeAlone()
    {
        var home = Home();
        home.Apply(new Record.HandedOver(Id, At(2), Other, First));
        Assert.Equal(Content, home.Content);

        var held = Held();
        Assert.Equal(Content, held.Content);
        held.Apply(new Record.HandedOver(Foreign, At(2), ExecutorId.Parse("a1"), First));
        Assert.Equal(0, held.Content.Size);

        // It may come back.
        held.Apply(HeldRecord with { Transfer = new TransferNumber(3) });
        Assert.Equal(Content, held.Content);

        home.Apply(new Record.Finished(Id, At(3), Other, new Attempt(1), 0, At(2), Failed));
        Assert.Equal(0, home.Content.Size);
    }

    [Fact]
    public void Cancel_ThatIsNoted_IsInTheHistoryAndStays()
    {
        var home = Home();
        home.Apply(new Record.CancelNoted(Id, At(2)));
        Assert.True(home.ToView().CancelRequested);
        Assert.Equal(new TrailEntry(At(2), "cancel_requested", Self), home.ToView().Trail[^1]);

        var held = Held();
        held.Apply(HeldRecord with { Transfer = new TransferNumber(2), CancelRequested = true });
        held.Apply(HeldRecord with { Transfer = new TransferNumber(3), CancelRequested = true });
        Assert.True(held.CancelRequested);
        held.Apply(HeldRecord with { Transfer = new TransferNumber(4), CancelRequested = false });
        Assert.True(held.CancelRequested);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public void Dependencies_ThatEndInAnyOrder_AreAllWaitedFor(int early, int late)
    {
        JobId[] dependencies = [JobId.Parse("a1-1"), JobId.Parse("a1-2")];
        var job = Job.Create(
            Self,
            new Record.Accepted(
                Id,
                Start,
                TestExecutor.Command() with
                {
                    After = new EquatableList<Dependency>([.. dependencies.Select(id => new Dependency(id, DependencyCondition.End))]),
                },
                Content
            )
        );

        job.Apply(new Record.DependencyEnded(Id, At(1), dependencies[early], DependencyState.Failed));
        Assert.Equal(JobState.Scheduled, job.ToView().State);
        Assert.Equal([dependencies[late]], job.PendingDependencies);

        job.Apply(new Record.DependencyEnded(Id, At(1), dependencies[late], DependencyState.Succeeded));
        Assert.Equal(JobState.Waiting, job.ToView().State);
        Assert.Empty(job.PendingDependencies);
    }

    [Fact]
    public void Move_ThatIsFirstHeardOfByTheNewHolder_IsInTheHistory()
    {
        var job = Home(new Record.Offered(Id, At(1), Other, First, Lap: 812));

        job.Apply(new Record.Located(Id, At(2), Other, First, new Attempt(0), 0, StartedAt: null));
        job.Apply(new Record.Located(Id, At(3), ExecutorId.Parse("a1"), new TransferNumber(2), new Attempt(1), 0, At(3)));

        // Clocks may be coarse: another attempt is told from the one before by its number too.
        job.Apply(new Record.Located(Id, At(4), ExecutorId.Parse("a1"), new TransferNumber(2), new Attempt(2), 1, At(3)));
        Assert.Equal(
            [
                new TrailEntry(At(1), "offered", Other, "lap 812"),
                new TrailEntry(At(2), "moved", Other),
                new TrailEntry(At(3), "moved", ExecutorId.Parse("a1")),
                new TrailEntry(At(3), "started", ExecutorId.Parse("a1"), "attempt 1"),
                new TrailEntry(At(3), "started", ExecutorId.Parse("a1"), "attempt 2"),
            ],
            job.ToView().Trail.Skip(1)
        );
    }

    [Theory]
    [InlineData(7, 6)]
    [InlineData(6, 6)]
    [InlineData(5, 5)]
    [InlineData(4, 4)]
    [InlineData(3, 4)]
    public void Move_ThatIsHeardOfAfterTheStart_CannotHaveBeenLaterNorBeforeTheOffer(int started, int moved)
    {
        var job = Home(new Record.Offered(Id, At(4), Other, First, Lap: 812), new Record.HandedOver(Id, At(6), Other, First));

        job.Apply(new Record.Located(Id, At(8), Other, First, new Attempt(1), 0, At(started)));

        Assert.Equal(
            [new TrailEntry(At(moved), "moved", Other), new TrailEntry(At(started), "started", Other, "attempt 1")],
            job.ToView().Trail.Skip(2)
        );
    }

    [Fact]
    public void Start_ThatIsHeardOfByTheFailureFirst_IsInTheHistory()
    {
        var job = Home(new Record.Offered(Id, At(1), Other, First, Lap: 812));

        job.Apply(new Record.Retried(Id, At(5), Other, new TransferNumber(4), new Attempt(1), 2, At(3), TimeSpan.FromSeconds(9), Failed));

        Assert.Equal((At(3), new TransferNumber(4), new Attempt(1), 2), (job.StartedAt, job.Transfer, job.Attempt, job.Crashes));
        Assert.Equal(
            [
                new TrailEntry(At(3), "moved", Other),
                new TrailEntry(At(3), "started", Other, "attempt 1"),
                new TrailEntry(At(5), "failed", Other, "attempt 1: exit code 75"),
            ],
            job.ToView().Trail.Skip(2)
        );
    }

    [Theory]
    [InlineData(1, 0, 3, 2)]
    [InlineData(3, 2, 3, 2)]
    [InlineData(4, 3, 4, 3)]
    public void Result_OfAnyAttempt_LeavesTheCountsAsHighAsAnybodyKnewThem(int attempt, int crashes, int expected, int expectedCrashes)
    {
        var job = Home(new Record.TakenBack(Id, At(1), Other, First, new Attempt(3), 2, "executor out of the ring"));

        job.Apply(new Record.Finished(Id, At(2), Other, new Attempt(attempt), crashes, At(1), Failed));

        Assert.Equal((new Attempt(expected), expectedCrashes), (job.ToView().Attempt, job.ToView().Crashes));
    }

    [Fact]
    public void Reason_OfAScheduledJob_IsWhatItWaitsForWhateverElseItMayWaitForLater()
    {
        var job = Job.Create(
            Self,
            new Record.Accepted(Id, Start, TestExecutor.Command() with { Start = new StartTime.At(At(9)) }, JobContent.Empty)
        );

        Assert.Equal(Reasons.StartTime, job.ToView(Reasons.WaitingForSlot).Reason);
        job.Release();
        Assert.Equal(Reasons.WaitingForSlot, job.ToView(Reasons.WaitingForSlot).Reason);
    }

    private static Record.Held HeldRecord =>
        new(Foreign, At(1), TestExecutor.Command(), Content, Start, Other, First, new Attempt(0), 0, CancelRequested: false);

    private static Job Held() => Job.Create(Self, HeldRecord);

    private static Job Home(params Record.OfJob[] following) =>
        Job.Replay(Self, [new Record.Accepted(Id, Start, TestExecutor.Command(), Content), .. following]);

    private static DateTimeOffset At(int second) => Start.AddSeconds(second);
}
