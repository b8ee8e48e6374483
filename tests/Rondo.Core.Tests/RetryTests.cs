namespace Rondo.Core.Tests;

/// <summary>Attempts that fail and are followed by others.</summary>
public sealed class RetryTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private static readonly RetryPolicy Twice = new()
    {
        Max = 2,
        Backoff = TimeSpan.FromSeconds(10),
        Factor = 3,
        Jitter = 0,
    };

    private static Outcome Exit(int code) =>
        new()
        {
            End = code == 0 ? JobEnd.Succeeded : JobEnd.Failed,
            Reason = code == 0 ? null : Reasons.ExitCode,
            ExitCode = code,
            Output = new JobOutput(new byte[] { 1, 2, 3 }, default),
        };

    private static JobTerms Terms(RetryPolicy policy) => TestExecutor.Command() with { Retries = policy };

    private static void End(Solo solo, JobId id, int attempt, Outcome outcome) =>
        solo.Step(new Input.RunEnded(id, new Attempt(attempt), outcome, Interrupted: false));

    private static void Result(Solo solo, string from, JobId id, int transfer, int attempt, Outcome outcome) =>
        solo.Receive(
            from,
            new Message.Result(
                new EquatableList<JobResult>(
                    new JobResult(id, new TransferNumber(transfer), new Attempt(attempt), 0, solo.Instant.Wall, solo.Instant.Wall, outcome)
                )
            )
        );

    /// <summary>A core whose job, which may be tried twice more, is at z1 under the number 1.</summary>
    private static (Solo Solo, JobId Id) Away()
    {
        var solo = new Solo(slots: 1).With("z1");
        solo.Submit();
        var id = solo.Submit(Terms(Twice));
        solo.ReceiveToken("z1", Solo.Generation(9, "a1"), 3, Solo.Row("z1", 0, 0));
        Assert.Equal(id, Assert.Single(Assert.Single(solo.Sent<Message.Offer>("z1")).Jobs).Id);
        solo.Receive("z1", new Message.Accept(new EquatableList<JobTransfer>(Solo.Transfer(id, 1))));
        return (solo, id);
    }

    /// <summary>Executors of several releases work it out, and have to come to the same.</summary>
    [Theory]
    [InlineData("a1-1", 1, 8_722)]
    [InlineData("k7q2-42", 3, 8_740)]
    public void Backoff_WithJitter_IsWhatEveryReleaseMakesOfTheJobAndItsAttempt(string job, int attempt, int milliseconds)
    {
        var policy = new RetryPolicy { Max = 1, Backoff = TimeSpan.FromSeconds(10) };

        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), policy.BackoffOf(JobId.Parse(job), new Attempt(attempt), retry: 1));
    }

    [Theory]
    [InlineData(0, 2, 1_025)]
    [InlineData(0, 100, 156)]
    [InlineData(1, 2, 1_025)]
    [InlineData(1, 100, 10_000)]
    public void Backoff_AfterVeryManyRetries_IsAtMostTheLongest(int seconds, double factor, int retry)
    {
        var policy = new RetryPolicy
        {
            Max = 10_000,
            Backoff = TimeSpan.FromSeconds(seconds),
            Factor = factor,
            Jitter = 0,
        };

        var backoff = policy.BackoffOf(JobId.Parse("a1-1"), new Attempt(retry), retry);

        Assert.Equal(seconds == 0 ? TimeSpan.Zero : policy.MaxBackoff, backoff);
    }

    [Fact]
    public void Failed_Attempt_IsFollowedByAnotherAfterABackoffThatGrows()
    {
        var solo = new Solo();
        var id = solo.Submit(Terms(Twice));

        End(solo, id, 1, Exit(7));
        var view = solo.View(id)!;
        Assert.Equal((JobState.Scheduled, Reasons.RetryBackoff, 1), (view.State, view.Reason, view.RetriesUsed));
        Assert.Equal(solo.Instant.Wall + TimeSpan.FromSeconds(10), view.NextAttemptAt);
        Assert.Equal("exit code 7", view.Error);
        solo.Wait(TimeSpan.FromSeconds(10));
        Assert.Equal(new Attempt(2), solo.Effects.OfType<Effect.Start>().Last().Attempt);

        End(solo, id, 2, Exit(8));
        solo.Wait(TimeSpan.FromSeconds(29));
        Assert.Equal(2, solo.Effects.OfType<Effect.Start>().Count());
        solo.Wait(TimeSpan.FromSeconds(1));
        Assert.Equal(new Attempt(3), solo.Effects.OfType<Effect.Start>().Last().Attempt);

        End(solo, id, 3, Exit(9));
        view = solo.View(id)!;
        Assert.Equal((JobState.Failed, 9, 2), (view.State, view.ExitCode, view.RetriesUsed));
        Assert.Single(solo.Records.OfType<Record.Finished>());
        Assert.All(solo.Records.OfType<Record.Retried>(), retried => Assert.Equal(0, retried.Outcome.Output.Size));
    }

    [Fact]
    public void Second_Attempt_ThatSucceeds_IsTheResult()
    {
        var solo = new Solo();
        var id = solo.Submit(Terms(Twice));
        End(solo, id, 1, Exit(1));
        solo.Wait(Minute);

        End(solo, id, 2, Exit(0));

        Assert.Equal((JobState.Succeeded, 1), (solo.View(id)!.State, solo.View(id)!.RetriesUsed));
    }

    [Fact]
    public void Retries_AndTheirWaits_AreKeptOverARestart()
    {
        var before = new Solo();
        var id = before.Submit(Terms(Twice));
        End(before, id, 1, Exit(1));
        before.Wait(TimeSpan.FromSeconds(10));
        End(before, id, 2, Exit(1));

        var after = new Solo(before.Recovered);
        Assert.Equal((JobState.Scheduled, 2), (after.View(id)!.State, after.View(id)!.RetriesUsed));
        after.Wait(Minute);
        Assert.Equal(new Attempt(3), Assert.Single(after.Effects.OfType<Effect.Start>()).Attempt);
        End(after, id, 3, Exit(1));

        Assert.Equal(JobState.Failed, after.View(id)!.State);
    }

    [Fact]
    public void Attempt_ThatFailsElsewhere_ComesHomeAndIsTriedAgain()
    {
        var (solo, id) = Away();

        Result(solo, "z1", id, 1, 1, Exit(7));
        Assert.Contains(new ResultReceipt(id, new TransferNumber(1)), solo.Sent<Message.ResultAck>("z1").Last().Jobs);
        Assert.Equal((JobState.Scheduled, ExecutorId.Parse("m1")), (solo.View(id)!.State, solo.View(id)!.Holder));
        Assert.True(Assert.Single(solo.Records.OfType<Record.Retried>()).Transfer > new TransferNumber(4096));

        solo.ReceiveToken("z1", Solo.Generation(9, "a1"), 30, Solo.Row("z1", 0, 0));
        solo.Wait(TimeSpan.FromSeconds(11));
        Assert.Equal(Reasons.WaitingForSlot, solo.View(id)!.Reason);
    }

    [Fact]
    public void Failure_ThatIsToldTwice_UsesUpOneRetry()
    {
        var (solo, id) = Away();
        Result(solo, "z1", id, 1, 1, Exit(7));

        Result(solo, "z1", id, 1, 1, Exit(7));
        solo.Wait(Minute);
        Result(solo, "z1", id, 1, 1, Exit(7));

        Assert.Equal(2, solo.Sent<Message.ResultAck>("z1").Count(ack => ack.Jobs.Any(receipt => receipt.Id == id)) - 1);
        Assert.Single(solo.Records.OfType<Record.Retried>());
        Assert.Empty(solo.Records.OfType<Record.Finished>());
    }

    [Fact]
    public void Late_FailureOfAnOldAttempt_DoesNotEndAJobWithoutRetriesLeft()
    {
        var (solo, id) = Away();
        Result(solo, "z1", id, 1, 1, Exit(7));
        End(solo, new JobId(id.Home, 1), 1, Exit(0));
        solo.Wait(TimeSpan.FromSeconds(15));
        End(solo, id, 2, Exit(8));
        solo.Wait(Minute);
        Assert.Equal((JobState.Running, 2), (solo.View(id)!.State, solo.View(id)!.RetriesUsed));

        Result(solo, "z1", id, 1, 1, Exit(7));

        Assert.Equal(JobState.Running, solo.View(id)!.State);
        End(solo, id, 3, Exit(0));
        Assert.Equal(JobState.Succeeded, solo.View(id)!.State);
    }

    [Fact]
    public void Late_SuccessOfAnOldAttempt_IsTheResult()
    {
        var (solo, id) = Away();
        Result(solo, "z1", id, 1, 1, Exit(7));

        Result(solo, "z1", id, 1, 1, Exit(0));

        Assert.Equal(JobState.Succeeded, solo.View(id)!.State);
    }

    [Fact]
    public void Claim_OfAnOldHolder_IsOutOfDateOnceTheJobIsTriedAgain()
    {
        var (solo, id) = Away();
        Result(solo, "z1", id, 1, 1, Exit(7));

        solo.Receive(
            "z1",
            new Message.Holding(
                new EquatableList<HeldJob>(new HeldJob(id, ExecutorId.Parse("z1"), new TransferNumber(1), new Attempt(1), 0, null))
            )
        );

        Assert.False(Assert.Single(solo.Sent<Message.HoldingAck>("z1").Last().Jobs).Current);
        Assert.Equal(JobState.Scheduled, solo.View(id)!.State);
    }

    [Fact]
    public void Holder_ThatGetsTheJobAgainBeforeItHearsThatItsFailureCameHome_RunsItAgain()
    {
        var solo = new Solo().With("a1");
        var id = JobId.Parse("a1-7");
        solo.Receive("a1", Solo.Offer("a1-7", 1));
        End(solo, id, 1, Exit(7));

        var again = Solo.Offered("a1-7", 8193, sequence: 2) with { Attempt = new Attempt(1), Retries = 1 };
        solo.Receive("a1", new Message.Offer(new EquatableList<OfferedJob>(again)));
        solo.Receive("a1", Solo.ResultAck("a1-7", 1));

        Assert.Equal(new Attempt(2), solo.Effects.OfType<Effect.Start>().Last().Attempt);
        End(solo, id, 2, Exit(8));
        var told = solo.Sent<Message.Result>("a1").Last().Jobs.Single();
        Assert.Equal((8193, 8), (told.Transfer.Value, told.Outcome.ExitCode));
    }

    [Fact]
    public void Holder_ThatGetsTheJobBackUntried_TellsItsFailureUnderTheNewTransfer()
    {
        // The home took the job back because the holder was out of the ring, and does not count what was told under the old number.
        var solo = new Solo().With("a1");
        var id = JobId.Parse("a1-7");
        solo.Receive("a1", Solo.Offer("a1-7", 1));
        End(solo, id, 1, Exit(7));

        var again = Solo.Offered("a1-7", 8193, sequence: 2) with { Attempt = new Attempt(1) };
        solo.Receive("a1", new Message.Offer(new EquatableList<OfferedJob>(again)));
        solo.Receive("a1", Solo.ResultAck("a1-7", 1));
        Assert.Empty(solo.Records.OfType<Record.Dropped>());

        solo.Wait(Minute);
        Assert.Equal(8193, solo.Sent<Message.Result>("a1").Last().Jobs.Single().Transfer.Value);
        solo.Receive("a1", Solo.ResultAck("a1-7", 8193));
        Assert.Single(solo.Records.OfType<Record.Dropped>());
    }

    [Fact]
    public void AcknowledgementOfAnEarlierAttempt_ThatComesLate_DoesNotLoseALaterOne()
    {
        var solo = new Solo().With("a1");
        var id = JobId.Parse("a1-7");
        solo.Receive("a1", Solo.Offer("a1-7", 1));
        End(solo, id, 1, Exit(7));
        var again = Solo.Offered("a1-7", 8193, sequence: 2) with { Attempt = new Attempt(1), Retries = 1 };
        solo.Receive("a1", new Message.Offer(new EquatableList<OfferedJob>(again)));
        End(solo, id, 2, Exit(8));

        solo.Receive("a1", Solo.ResultAck("a1-7", 1));

        Assert.Empty(solo.Records.OfType<Record.Dropped>());
    }

    [Fact]
    public void Job_ThatWaitsForItsRetry_CanBeCancelled()
    {
        var solo = new Solo();
        var id = solo.Submit(Terms(Twice));
        End(solo, id, 1, Exit(7));

        solo.Step(new Input.Cancel(new RequestId(77), id));
        solo.Wait(Minute);

        Assert.Equal((JobState.Cancelled, Reasons.CancelledByClient), (solo.View(id)!.State, solo.View(id)!.Reason));
        Assert.Single(solo.Effects.OfType<Effect.Start>());
    }

    [Fact]
    public void Job_WhoseAttemptFailsElsewhereAfterACancel_IsCancelledAndNotTriedAgain()
    {
        var (solo, id) = Away();
        solo.Step(new Input.Cancel(new RequestId(77), id));

        Result(solo, "z1", id, 1, 1, Exit(7));

        Assert.Equal((JobState.Cancelled, Reasons.CancelledByClient), (solo.View(id)!.State, solo.View(id)!.Reason));
        Assert.Empty(solo.Records.OfType<Record.Retried>());
    }

    [Fact]
    public void Job_ThatTookTooManyExecutorsDown_IsNotTriedAgain()
    {
        var solo = new Solo();
        var id = solo.Submit(Terms(Twice));
        for (var crash = 0; crash < 3; crash++)
        {
            solo = new Solo(solo.Recovered);
        }

        Assert.Equal((JobState.Failed, Reasons.CrashLimit, 0), (solo.View(id)!.State, solo.View(id)!.Reason, solo.View(id)!.RetriesUsed));
    }

    [Fact]
    public void Covers_WithoutFilters_IsAnyFailureOfTheJobItself()
    {
        Assert.True(Twice.Covers(Exit(1)));
        Assert.True(Twice.Covers(Failure(Reasons.Signal) with { Signal = 9 }));
        Assert.True(Twice.Covers(Failure(Reasons.Timeout)));
        Assert.True(Twice.Covers(Failure(Reasons.CannotStart)));
        Assert.True(Twice.Covers(Failure(Reasons.HandlerError)));
        Assert.False(Twice.Covers(Exit(0)));
        Assert.False(Twice.Covers(Failure(Reasons.CrashLimit)));
        Assert.False(Twice.Covers(Failure(Reasons.ExecutorLost)));
        Assert.False(Twice.Covers(Failure(Reasons.DependencyFailed)));
        Assert.False(Twice.Covers(Failure(Reasons.Timeout) with { End = JobEnd.Cancelled }));
    }

    [Fact]
    public void Covers_WithExitCodes_IsThoseAndSignalsAsShellsSayThemAndTimeouts()
    {
        var policy = Twice with { ExitCodes = new EquatableList<int>(75, 137) };

        Assert.True(policy.Covers(Exit(75)));
        Assert.False(policy.Covers(Exit(76)));
        Assert.True(policy.Covers(Failure(Reasons.Signal) with { Signal = 9 }));
        Assert.False(policy.Covers(Failure(Reasons.Signal) with { Signal = 15 }));
        Assert.True(policy.Covers(Failure(Reasons.Timeout)));
        Assert.False(policy.Covers(Failure(Reasons.CannotStart)));
        Assert.False(policy.Covers(Failure(Reasons.CannotStart) with { ExitCode = 127 }));
        Assert.True((policy with { ExitCodes = new EquatableList<int>(127) }).Covers(Failure(Reasons.CannotStart) with { ExitCode = 127 }));
        Assert.False(policy.Covers(Failure(Reasons.HandlerError) with { Exception = "System.TimeoutException" }));
    }

    [Theory]
    [InlineData("System.TimeoutException", true)]
    [InlineData("TimeoutException", true)]
    [InlineData("outException", false)]
    [InlineData("System.IO.IOException", false)]
    public void Covers_WithExceptions_IsThoseByFullOrShortName(string name, bool covered) =>
        Assert.Equal(
            covered,
            (Twice with { Exceptions = new EquatableList<string>(name) }).Covers(
                Failure(Reasons.HandlerError) with
                {
                    Exception = "System.TimeoutException",
                }
            )
        );

    [Fact]
    public void Backoff_GrowsToItsLongestAndSwingsByTheJitterAlone()
    {
        var policy = new RetryPolicy
        {
            Max = 100,
            Backoff = TimeSpan.FromSeconds(1),
            Factor = 2,
            MaxBackoff = TimeSpan.FromSeconds(60),
            Jitter = 0.2,
        };
        var waits = new HashSet<TimeSpan>();
        for (var number = 1; number <= 200; number++)
        {
            var id = new JobId(ExecutorId.Parse("k7q2"), number);
            Assert.Equal(policy.BackoffOf(id, new Attempt(1), 1), policy.BackoffOf(id, new Attempt(1), 1));
            Assert.InRange(policy.BackoffOf(id, new Attempt(1), 1).TotalSeconds, 0.8, 1.2);
            Assert.InRange(policy.BackoffOf(id, new Attempt(4), 4).TotalSeconds, 6.4, 9.6);
            Assert.InRange(policy.BackoffOf(id, new Attempt(100), 100).TotalSeconds, 48, 72);
            waits.Add(policy.BackoffOf(id, new Attempt(1), 1));
        }

        Assert.True(waits.Count > 100, "jobs that failed together come back together");
        Assert.InRange(waits.Average(wait => wait.TotalSeconds), 0.95, 1.05);
    }

    private static Outcome Failure(string reason) => new() { End = JobEnd.Failed, Reason = reason };
}
