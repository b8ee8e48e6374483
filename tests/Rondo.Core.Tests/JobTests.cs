namespace Rondo.Core.Tests;

/// <summary>What the records of a job make of it.</summary>
public sealed class JobTests
{
    private static readonly ExecutorId Self = ExecutorId.Parse("m1");
    private static readonly ExecutorId Other = ExecutorId.Parse("z1");
    private static readonly JobId Id = new(Self, 7);
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch.AddDays(1);
    private static readonly Record.Accepted Accepted = new(Id, Start, TestExecutor.Command(), JobContent.Empty);

    [Fact]
    public void Job_ThatRunsAtItsHome_TellsWhatBecameOfIt()
    {
        var outcome = new Outcome
        {
            End = JobEnd.Failed,
            Reason = Reasons.ExitCode,
            Error = "it said no",
            ExitCode = 3,
            Signal = 9,
            Output = new JobOutput(default, default, ResultBytesDropped: 5, ErrorBytesDropped: 6),
        };

        var view = Replay(
                Accepted,
                new Record.Started(Id, At(1), new Attempt(1)),
                new Record.Interrupted(Id, At(2), Crashed: true),
                new Record.Started(Id, At(3), new Attempt(2)),
                new Record.Interrupted(Id, At(4), Crashed: false),
                new Record.Started(Id, At(5), new Attempt(3)),
                new Record.Finished(Id, At(6), Self, new Attempt(3), 1, At(5), outcome)
            )
            .ToView();

        Assert.Equal((JobState.Failed, Reasons.ExitCode, "it said no"), (view.State, view.Reason, view.Error));
        Assert.Equal((3, 9, 5L, 6L), (view.ExitCode, view.Signal, view.ResultBytesDropped, view.ErrorBytesDropped));
        Assert.Equal((Start, At(5), At(6)), (view.SubmittedAt, view.StartedAt, view.FinishedAt));
        Assert.Equal((new Attempt(3), 1, Self, true), (view.Attempt, view.Crashes, view.Holder, view.IsFinal));
        Assert.Equal(
            [
                new TrailEntry(Start, "accepted", Self),
                new TrailEntry(At(1), "started", Self, "attempt 1"),
                new TrailEntry(At(2), "executor_crashed", Self),
                new TrailEntry(At(3), "started", Self, "attempt 2"),
                new TrailEntry(At(4), "interrupted", Self),
                new TrailEntry(At(5), "started", Self, "attempt 3"),
                new TrailEntry(At(6), "finished", Self, Reasons.ExitCode),
            ],
            view.Trail
        );
    }

    [Fact]
    public void Job_ThatMoves_TellsWhoHasItAndWhatTheyToldOfIt()
    {
        var job = Replay(Accepted, new Record.Offered(Id, At(1), Other, new TransferNumber(1), Lap: 812));
        Assert.Equal((JobState.Waiting, Self), (job.ToView().State, job.ToView().Holder));

        job.Apply(new Record.HandedOver(Id, At(2), Other, new TransferNumber(1)));
        Assert.Equal((JobState.Waiting, Other, false), (job.ToView().State, job.ToView().Holder, job.IsRunning));

        job.Apply(new Record.Located(Id, At(4), Other, new TransferNumber(2), new Attempt(2), 1, At(3)));
        Assert.Equal((JobState.Running, At(3), true), (job.ToView().State, job.ToView().StartedAt, job.IsRunning));
        Assert.Equal((new TransferNumber(2), new Attempt(2), 1), (job.Transfer, job.Attempt, job.Crashes));

        // The same is told again: nothing new has happened.
        job.Apply(new Record.Located(Id, At(5), Other, new TransferNumber(2), new Attempt(2), 1, At(3)));
        job.Apply(new Record.TakenBack(Id, At(6), Other, new TransferNumber(9), new Attempt(2), 2, "it is gone"));

        Assert.Equal(
            (JobState.Waiting, Self, new TransferNumber(9), 2),
            (job.ToView().State, job.ToView().Holder, job.Transfer, job.Crashes)
        );
        Assert.Equal(
            [
                new TrailEntry(Start, "accepted", Self),
                new TrailEntry(At(1), "offered", Other, "lap 812"),
                new TrailEntry(At(2), "moved", Other),
                new TrailEntry(At(3), "started", Other, "attempt 2"),
                new TrailEntry(At(6), "taken_back", Other, "it is gone"),
            ],
            job.ToView().Trail
        );
    }

    [Fact]
    public void Job_ThatIsHeldForAnotherHome_CountsOnFromWhatItBrings()
    {
        var id = new JobId(Other, 3);
        var held = new Record.Held(
            id,
            At(2),
            TestExecutor.Command(),
            JobContent.Empty,
            Start,
            Other,
            new TransferNumber(1),
            new Attempt(2),
            1,
            CancelRequested: false
        )
        {
            Retries = 1,
        };
        var job = Job.Create(Self, held);
        Assert.Equal((new Attempt(2), 1, 1, false), (job.Attempt, job.Crashes, job.RetriesUsed, job.AtHome));
        Assert.Equal([new TrailEntry(At(2), "held", Other)], job.ToView().Trail);

        job.Apply(new Record.Offered(id, At(3), Self, new TransferNumber(2), Lap: 1));
        job.Apply(new Record.HandedOver(id, At(4), ExecutorId.Parse("a1"), new TransferNumber(2)));
        Assert.Equal(ExecutorId.Parse("a1"), job.ToView().Holder);

        // It comes back with less than is known here, and with more.
        job.Apply(held with { At = At(5), Transfer = new TransferNumber(3), Attempt = new Attempt(1), Crashes = 0, Retries = 0 });
        Assert.Equal((new Attempt(2), 1, 1, Self), (job.Attempt, job.Crashes, job.RetriesUsed, job.ToView().Holder));
        job.Apply(
            held with
            {
                At = At(6),
                Transfer = new TransferNumber(4),
                Attempt = new Attempt(3),
                Crashes = 2,
                Retries = 2,
                CancelRequested = true,
            }
        );
        Assert.Equal((new Attempt(3), 2, 2, true), (job.Attempt, job.Crashes, job.RetriesUsed, job.CancelRequested));

        job.Apply(new Record.Dropped(id, At(7)));
        Assert.IsType<Phase.Forgotten>(job.Phase);
    }

    [Fact]
    public void Job_WhoseAttemptFailed_WaitsForTheNextOne()
    {
        var failed = new Outcome
        {
            End = JobEnd.Failed,
            Reason = Reasons.ExitCode,
            ExitCode = 75,
        };
        var job = Replay(
            Accepted,
            new Record.Started(Id, At(1), new Attempt(1)),
            new Record.Retried(Id, At(2), Self, new TransferNumber(0), new Attempt(1), 0, At(1), TimeSpan.FromSeconds(30), failed)
        );

        var view = job.ToView();
        Assert.Equal((JobState.Scheduled, Reasons.RetryBackoff, "exit code 75"), (view.State, view.Reason, view.Error));
        Assert.Equal((At(32), 1), (view.NextAttemptAt, view.RetriesUsed));
        Assert.Equal(new TrailEntry(At(2), "failed", Self, "attempt 1: exit code 75"), view.Trail[^1]);

        job.Release();
        Assert.Equal((JobState.Waiting, null), (job.ToView().State, job.ToView().NextAttemptAt));
        Assert.Equal("Job m1-7 is not scheduled.", Assert.Throws<InvalidOperationException>(job.Release).Message);
    }

    [Fact]
    public void Job_ThatWaitsForSeveralThings_WaitsForJobsThenForATimeThenForItsTurn()
    {
        var (first, second) = (JobId.Parse("a1-1"), JobId.Parse("a1-2"));
        var job = Replay(
            Accepted with
            {
                Terms = TestExecutor.Command() with
                {
                    After = new EquatableList<Dependency>(
                        new Dependency(first, DependencyCondition.Success),
                        new Dependency(second, DependencyCondition.End),
                        new Dependency(second, DependencyCondition.Failure)
                    ),
                    Start = new StartTime.At(At(100)),
                    Concurrency = new ConcurrencyLimit("license", 2),
                },
            }
        );
        Assert.Equal(
            (Reasons.WaitingForDependencies, At(100), null),
            (job.ToView().Reason, job.ToView().StartAt, job.ToView().NextAttemptAt)
        );
        Assert.Equal([first, second], job.PendingDependencies);

        job.Apply(new Record.DependencyEnded(Id, At(1), first, DependencyState.Succeeded));
        Assert.Equal([second], job.PendingDependencies);
        Assert.Equal(Reasons.WaitingForDependencies, job.ToView().Reason);

        job.Apply(new Record.DependencyEnded(Id, At(2), second, DependencyState.Cancelled));
        Assert.Null(job.FailedDependency);
        Assert.Equal((Reasons.StartTime, At(100)), (job.ToView().Reason, job.ToView().NextAttemptAt));
        Assert.Equal([DependencyState.Succeeded, DependencyState.Cancelled, DependencyState.Cancelled], job.ToView().Dependencies);

        job.Release();
        Assert.Equal(Reasons.WaitingForConcurrency, job.ToView().Reason);
        job.Release();
        Assert.Equal((JobState.Waiting, "why"), (job.ToView("why").State, job.ToView("why").Reason));
    }

    [Theory]
    [InlineData(DependencyCondition.Success, DependencyState.Failed)]
    [InlineData(DependencyCondition.Success, DependencyState.Unknown)]
    [InlineData(DependencyCondition.Failure, DependencyState.Succeeded)]
    [InlineData(DependencyCondition.End, DependencyState.Unknown)]
    public void Job_OfWhichADependencyEndedOtherwise_TellsWhichAndGoesOnWaiting(DependencyCondition asked, DependencyState came)
    {
        var dependency = new Dependency(JobId.Parse("a1-1"), asked);
        var job = Replay(
            Accepted with
            {
                Terms = TestExecutor.Command() with { After = new EquatableList<Dependency>(dependency) },
            },
            new Record.DependencyEnded(Id, At(1), dependency.Id, came)
        );

        Assert.Equal(dependency, job.FailedDependency);
        Assert.Equal(Reasons.WaitingForDependencies, job.ToView().Reason);
    }

    [Fact]
    public void Trail_ThatGrowsLong_KeepsItsFirstAndItsNewestEntries()
    {
        var job = Replay(Accepted);
        for (var i = 1; i <= 50; i++)
        {
            job.Apply(new Record.Interrupted(Id, At(i), Crashed: false));
        }

        var trail = job.ToView().Trail;

        Assert.Equal(JobView.TrailMaxEntries, trail.Count);
        Assert.Equal("accepted", trail[0].Event);
        Assert.Equal(Enumerable.Range(20, 31).Select(At), trail.Skip(1).Select(entry => entry.At));
    }

    [Fact]
    public void Turn_OfWaitingJobs_GoesByPriorityThenAgeThenNumber()
    {
        var jobs = new[]
        {
            Waiting(number: 9, priority: 5, second: 9),
            Waiting(number: 8, priority: 0, second: 1),
            Waiting(number: 3, priority: 0, second: 2),
            Waiting(number: 4, priority: 0, second: 2),
            Waiting(number: 1, priority: -1, second: 0),
        };

        for (var x = 0; x < jobs.Length; x++)
        {
            for (var y = 0; y < jobs.Length; y++)
            {
                Assert.Equal(Math.Sign(x.CompareTo(y)), Math.Sign(jobs[x].CompareTurn(jobs[y])));
            }
        }

        static Job Waiting(long number, int priority, int second) =>
            Job.Create(Self, new Record.Accepted(new JobId(Self, number), At(second), TestExecutor.Command(priority), JobContent.Empty));
    }

    [Theory]
    [InlineData(100, true)]
    [InlineData(99, false)]
    public void Content_BeyondTheBoundForMemory_IsLeftToTheStore(int bound, bool stays)
    {
        var content = new JobContent(new byte[40], new byte[60]);
        var job = Replay(Accepted with { Content = content });

        job.LeaveToStore(bound);
        job.LeaveToStore(bound);

        Assert.Equal(100, job.Content.Size);
        Assert.Equal(stays ? content : new StoredContent(100), job.Content);
    }

    [Theory]
    [InlineData("z1-3", 100, true)]
    [InlineData("z1-3", 99, false)]
    [InlineData("m1-7", 99, true)]
    public void Result_OfAnotherHomeBeyondTheBoundForMemory_IsLeftToTheStore(string of, int bound, bool stays)
    {
        var id = JobId.Parse(of);
        var output = new JobOutput(new byte[40], new byte[60]);
        Record.OfJob first =
            id.Home == Self
                ? Accepted
                : new Record.Held(
                    id,
                    At(1),
                    TestExecutor.Command(),
                    JobContent.Empty,
                    Start,
                    Other,
                    new TransferNumber(1),
                    new Attempt(0),
                    0,
                    CancelRequested: false
                );
        var job = Replay(
            first,
            new Record.Finished(id, At(2), Self, new Attempt(1), 0, At(1), new Outcome { End = JobEnd.Succeeded, Output = output })
        );

        job.LeaveToStore(bound);
        job.LeaveToStore(bound);

        var kept = Assert.IsType<Phase.Ended>(job.Phase).Record.Outcome.Output;
        Assert.Equal(100, kept.Size);
        Assert.Equal(stays ? output : new StoredOutput(100), kept);
    }

    [Fact]
    public void Records_ThatDoNotBeginWithTheJob_AreRefusedWithWhatIsThere() =>
        Assert.Equal(
            "The records of job m1-7 begin with Started, not with Accepted or Held.",
            Assert.Throws<InvalidOperationException>(() => Job.Create(Self, new Record.Started(Id, At(1), new Attempt(1)))).Message
        );

    [Theory]
    [InlineData("no such file\nat line 2", 3, 9, Reasons.Signal, "no such file")]
    [InlineData(null, 3, 9, Reasons.Signal, "exit code 3")]
    [InlineData(null, null, 9, Reasons.Signal, "signal 9")]
    [InlineData(null, null, null, Reasons.Signal, "signal")]
    [InlineData(null, null, null, null, "Failed")]
    public void Outcome_InAFewWords_IsTheFirstThatSaysSomething(
        string? error,
        int? exitCode,
        int? signal,
        string? reason,
        string expected
    ) =>
        Assert.Equal(
            expected,
            new Outcome
            {
                End = JobEnd.Failed,
                Error = error,
                ExitCode = exitCode,
                Signal = signal,
                Reason = reason,
            }.ToText()
        );

    [Fact]
    public void Output_WithoutItsBytes_StillTellsWhatIsMissingOfIt()
    {
        var output = new JobOutput(new byte[4], new byte[6], 2, 3, "text/plain");

        Assert.Equal((10, 0), (output.Size, output.WithoutBytes().Size));
        Assert.Equal(
            (2, 3, "text/plain"),
            (output.WithoutBytes().ResultBytesDropped, output.WithoutBytes().ErrorBytesDropped, output.WithoutBytes().ResultType)
        );
    }

    [Fact]
    public void StartTime_AfterADelayBeyondAllTimes_IsTheLastOne()
    {
        Assert.Equal(At(60), new StartTime.After(TimeSpan.FromSeconds(60)).From(Start));
        Assert.Equal(DateTimeOffset.MaxValue, new StartTime.After(TimeSpan.MaxValue).From(Start));
        Assert.Equal(At(5), new StartTime.At(At(5)).From(Start));
    }

    private static DateTimeOffset At(int second) => Start.AddSeconds(second);

    private static Job Replay(params Record.OfJob[] records) => Job.Replay(Self, records);
}
