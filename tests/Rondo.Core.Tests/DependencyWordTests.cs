namespace Rondo.Core.Tests;

/// <summary>What homes say to each other of jobs that others wait for, how often, and what clients read of it.</summary>
public sealed class DependencyWordTests
{
    private static readonly ExecutorId A1 = ExecutorId.Parse("a1");
    private static readonly JobId Foreign = JobId.Parse("a1-7");

    private readonly Solo _solo = new(slots: 8);
    private long _hop;

    [Theory]
    [InlineData(DependencyCondition.Success, JobEnd.Failed, "had succeeded, which failed")]
    [InlineData(DependencyCondition.Success, JobEnd.Cancelled, "had succeeded, which was cancelled")]
    [InlineData(DependencyCondition.Failure, JobEnd.Succeeded, "had failed, which succeeded")]
    public void Job_WhoseDependencyEndedOtherwise_SaysInASentenceWhatWasAskedAndWhatCame(
        DependencyCondition when,
        JobEnd end,
        string expected
    )
    {
        var first = _solo.Submit();
        var second = _solo.Submit(After(when, first));

        _solo.End(first, end);

        Assert.Equal($"it was to start after {first} {expected}", _solo.View(second)!.Error);
    }

    [Theory]
    [InlineData(DependencyCondition.Success)]
    [InlineData(DependencyCondition.Failure)]
    [InlineData(DependencyCondition.End)]
    public void Job_WhoseDependencyNobodyKnows_SaysWhatMayHaveBecomeOfIt(DependencyCondition when)
    {
        var job = _solo.Submit(After(when, Foreign));

        Assert.Equal(
            "it was to start after a1-7, which is unknown: there never was such a job, it was deleted since, or its home has left the ring",
            _solo.View(job)!.Error
        );
    }

    [Fact]
    public void Dependents_OfOneJob_GoOnInTheOrderInWhichTheyWereHandedIn()
    {
        var first = _solo.Submit();
        var dependents = Enumerable.Range(0, 5).Select(_ => _solo.Submit(After(first))).ToArray();

        _solo.End(first);

        Assert.Equal(dependents, _solo.Records.OfType<Record.DependencyEnded>().Select(ended => ended.Id));
    }

    [Fact]
    public void Chain_ThatIsLongerThanABatchMaySettle_GoesOnInTheNextBatchAtOnce()
    {
        var solo = new Solo(maxUnfinished: int.MaxValue);
        var first = solo.Submit();
        var last = first;
        for (var i = 0; i < Dependencies.MaxSettled; i++)
        {
            last = solo.Submit(After(last));
        }

        solo.End(first, JobEnd.Failed);

        // Each end counts, and each job that it is the end of waiting for.
        Assert.Equal(Dependencies.MaxSettled / 2, solo.Records.OfType<Record.DependencyEnded>().Count());
        solo.Wait(TimeSpan.Zero);
        Assert.Equal(Reasons.DependencyFailed, solo.View(last)!.Reason);
    }

    [Fact]
    public void Cancel_OfOneOfTwoThatWaitForAJob_LeavesTheOtherWaiting()
    {
        var first = _solo.Submit();
        var second = _solo.Submit(After(first));
        var third = _solo.Submit(After(first));

        Cancel(second);
        Assert.Equal(Reasons.WaitingForDependencies, _solo.View(third)!.Reason);
        _solo.End(first);

        Assert.Equal((JobState.Cancelled, JobState.Running), (_solo.View(second)!.State, _solo.View(third)!.State));
        Assert.Equal(third, Assert.Single(_solo.Records.OfType<Record.DependencyEnded>()).Id);
    }

    [Fact]
    public void Job_WhoseCancelWasNotedJustBeforeItsHomeCrashed_IsCancelledByTheNextStart()
    {
        var id = new JobId(_solo.Self.Id, 3);
        var at = DateTimeOffset.UnixEpoch;
        var again = new Solo(
            Recovered.Nothing with
            {
                LastNumber = 3,
                Jobs =
                [
                    [new Record.Accepted(id, at, After(Foreign), JobContent.Empty), new Record.CancelNoted(id, at)],
                ],
            }
        );

        Assert.Equal((JobState.Cancelled, Reasons.CancelledByClient), (again.View(id)!.State, again.View(id)!.Reason));
        Assert.Equal(JobEnd.Cancelled, Assert.Single(again.Records.OfType<Record.Finished>()).Outcome.End);
    }

    [Fact]
    public void Dependency_ThatSeveralWaitFor_IsLookedUpOnceAndForAJobThatComesLaterAgain()
    {
        var old = new JobId(_solo.Self.Id, 3);
        var solo = new Solo(Recovered.Nothing with { LastNumber = 10 }, slots: 8).With("a1");
        var first = solo.Submit(After(old));
        var second = solo.Submit(After(old));
        solo.Receive("a1", new Message.Await(new EquatableList<JobId>(old)));
        Assert.Equal([old], Assert.Single(solo.Effects.OfType<Effect.LookUp>()).Jobs);

        solo.Step(LookedUp(old, DependencyState.Succeeded));
        Assert.Equal((JobState.Running, JobState.Running), (solo.View(first)!.State, solo.View(second)!.State));
        Assert.Equal([new JobEnded(old, DependencyState.Succeeded)], solo.Sent<Message.Ended>("a1").Last().Jobs);

        solo.Forget();
        solo.Submit(After(old));
        Assert.Equal([old], Assert.Single(solo.Effects.OfType<Effect.LookUp>()).Jobs);
    }

    [Fact]
    public void Dependency_OfWhichTheStoreHasNoEnd_IsLookedUpAgainUntilItHas()
    {
        var old = new JobId(_solo.Self.Id, 3);
        var solo = new Solo(Recovered.Nothing with { LastNumber = 10 });
        var job = solo.Submit(After(old));
        solo.Forget().Step(LookedUp(old, DependencyState.Pending));
        Assert.Equal([old], Assert.Single(solo.Effects.OfType<Effect.LookUp>()).Jobs);
        Assert.Equal(JobState.Scheduled, solo.View(job)!.State);

        solo.Step(LookedUp(old, DependencyState.Succeeded));

        Assert.Equal(JobState.Running, solo.View(job)!.State);
    }

    [Fact]
    public void Dependencies_ThatAreVeryMany_AreLookedUpInPartsAndOnlyOnce()
    {
        var old = Enumerable.Range(1, (2 * Message.MaxJobs) + 5).Select(number => new JobId(_solo.Self.Id, number)).ToArray();
        var solo = new Solo(Recovered.Nothing with { LastNumber = 9999 });

        solo.Submit(After(old));
        solo.Step(Input.Tick.Instance);

        var parts = solo.Effects.OfType<Effect.LookUp>().Select(lookUp => lookUp.Jobs.ToArray()).ToArray();
        Assert.Equal([Message.MaxJobs, Message.MaxJobs, 5], parts.Select(part => part.Length));
        Assert.Equal(old, parts.SelectMany(part => part));
    }

    [Fact]
    public void Await_ForAJobOfAnotherHome_IsAnsweredAsUnknownWithoutALookUp()
    {
        _solo.With("a1", "z1");
        var wrong = JobId.Parse("z1-3");

        _solo.Receive("a1", new Message.Await(new EquatableList<JobId>(wrong)));

        Assert.Equal([new JobEnded(wrong, DependencyState.Unknown)], Assert.Single(_solo.Sent<Message.Ended>("a1")).Jobs);
        Assert.Empty(_solo.Effects.OfType<Effect.LookUp>());
    }

    [Theory]
    [InlineData(JobEnd.Succeeded, DependencyState.Succeeded)]
    [InlineData(JobEnd.Failed, DependencyState.Failed)]
    [InlineData(JobEnd.Cancelled, DependencyState.Cancelled)]
    public void Await_BySeveralHomes_IsAnsweredToEachWhenTheJobEndsAndAtOnceToWhoAsksLater(JobEnd end, DependencyState expected)
    {
        _solo.With("a1", "y1", "z1");
        var job = _solo.Submit();
        var await = new Message.Await(new EquatableList<JobId>(job));
        _solo.Receive("a1", await);
        _solo.Receive("z1", await);
        _solo.Forget();

        _solo.End(job, end);
        Assert.Equal([new JobEnded(job, expected)], Assert.Single(_solo.Sent<Message.Ended>("a1")).Jobs);
        Assert.Equal([new JobEnded(job, expected)], Assert.Single(_solo.Sent<Message.Ended>("z1")).Jobs);
        Assert.Empty(_solo.Sent<Message.Ended>("y1"));

        _solo.Receive("y1", await);
        Assert.Equal([new JobEnded(job, expected)], Assert.Single(_solo.Sent<Message.Ended>("y1")).Jobs);
    }

    [Fact]
    public void Await_ByAHomeThatHasLeftSince_HoldsNothingUp()
    {
        _solo.With("a1", "z1");
        var job = _solo.Submit();
        var await = new Message.Await(new EquatableList<JobId>(job));
        _solo.Receive("a1", await);
        _solo.Receive("z1", await);
        _solo.Receive("a1", new Message.Leave(A1, new Incarnation(1)));
        _solo.Forget();

        _solo.End(job);

        Assert.Single(_solo.Sent<Message.Ended>("z1"));
        Assert.Empty(_solo.Sent<Message.Ended>("a1"));
    }

    [Fact]
    public void End_OfAJobThatAnotherThanItsHomeTells_IsNotBelieved()
    {
        _solo.With("a1", "z1");
        var job = _solo.Submit(After(Foreign));

        _solo.Receive("z1", Ended(Foreign, DependencyState.Succeeded));
        Assert.Equal(JobState.Scheduled, _solo.View(job)!.State);
        Assert.Empty(_solo.Records.OfType<Record.DependencyEnded>());

        _solo.Receive("a1", Ended(Foreign, DependencyState.Succeeded));
        Assert.Equal(JobState.Running, _solo.View(job)!.State);
    }

    [Fact]
    public void Dependency_ThatTheLastJobGaveUpWaitingFor_IsAskedForNoMore()
    {
        _solo.With("a1");
        _solo.ReceiveToken("a1", Solo.Generation(9, "a1"), 1);
        var first = _solo.Submit(After(Foreign));
        var second = _solo.Submit(After(Foreign));
        Assert.Single(_solo.Sent<Message.Await>("a1"));

        Cancel(first);
        _solo.Forget();
        LetTheTokenGoRound(TimeSpan.FromSeconds(1));
        Assert.NotEmpty(_solo.Sent<Message.Await>("a1"));

        Cancel(second);
        _solo.Forget();
        LetTheTokenGoRound(Outbox.LongestResend);
        Assert.Empty(_solo.Sent<Message.Await>("a1"));
        _solo.Receive("a1", Ended(Foreign, DependencyState.Succeeded));
        Assert.Empty(_solo.Records.OfType<Record.DependencyEnded>());

        _solo.Submit(After(Foreign));
        Assert.Equal([Foreign], Assert.Single(_solo.Sent<Message.Await>("a1")).Jobs);
    }

    [Fact]
    public void Dependency_ThatNobodyWaitedForInBetween_IsAskedForAnewByTheNextJob()
    {
        _solo.With("a1");
        Cancel(_solo.Submit(After(Foreign)));
        _solo.Forget();

        var job = _solo.Submit(After(Foreign));
        Assert.Equal([Foreign], Assert.Single(_solo.Sent<Message.Await>("a1")).Jobs);

        _solo.Receive("a1", Ended(Foreign, DependencyState.Succeeded));
        Assert.Equal(JobState.Running, _solo.View(job)!.State);
    }

    [Fact]
    public void Home_ThatWasStartedAgain_IsAskedForAllThatHasNotEnded()
    {
        _solo.With("a1");
        JobId[] all = [Foreign, JobId.Parse("a1-8"), JobId.Parse("a1-9")];
        _solo.Submit(After(all));
        foreach (var id in all)
        {
            _solo.Receive("a1", Ended(id, DependencyState.Pending));
        }

        _solo.Receive("a1", Ended(all[1], DependencyState.Succeeded));
        _solo.Forget();

        _solo.Receive("a1", new Message.Hello(2, new EquatableList<Member>(Solo.MemberOf("a1", incarnation: 2))));
        _solo.Greeted("a1", incarnation: 2);

        Assert.Equal([all[0], all[2]], _solo.Sent<Message.Await>("a1").SelectMany(await => await.Jobs).Distinct().Order());
    }

    [Fact]
    public void Dependency_ThatTakesVeryLong_IsAskedForOnceAMinuteUntilItHasEndedAndThenNoMore()
    {
        var (ring, second) = LongWait();
        var (a, m) = (ring.Executors[A1], ring.Executors[second.Home]);
        ring.Run(TimeSpan.FromMinutes(5));
        Assert.Equal([0, 2, 6, 14, 30, 62, 122, 182, 242], AskedSince(ring, TimeSpan.Zero));

        ring.Until(() => m.View(second).IsFinal, TimeSpan.FromMinutes(10));
        var ended = ring.Now;
        ring.Run(TimeSpan.FromMinutes(3));
        Assert.Empty(AskedSince(ring, ended));

        // Of a home that was asked before, too.
        m.Submit(After(a.Submit()));
        ring.Run(TimeSpan.FromSeconds(10));
        Assert.Equal([0, 2, 6], AskedSince(ring, ended));
    }

    [Fact]
    public void Home_ThatIsBackAfterItWasAskedForLong_IsAskedAsOftenAsInTheBeginning()
    {
        var (ring, second) = LongWait();
        ring.Run(TimeSpan.FromMinutes(3));
        ring.Executors[A1].Kill();
        ring.Run(TimeSpan.FromSeconds(5));
        var back = ring.Now;
        ring.Executors[A1].Start();

        ring.Run(TimeSpan.FromSeconds(20));

        Assert.Equal([0, 2, 6, 14], AskedSince(ring, back));
        Assert.Equal(JobState.Scheduled, ring.Executors[second.Home].View(second).State);
    }

    /// <summary>Lets time pass in which a1 is there, and has nothing to do but to pass the token on.</summary>
    private void LetTheTokenGoRound(TimeSpan time)
    {
        var step = TimeSpan.FromMilliseconds(50);
        for (var end = _solo.Now + time; _solo.Now < end; )
        {
            _hop += 2;
            _solo.Receive("a1", new Message.Ack(Solo.Generation(9, "a1"), _hop));
            _solo.Wait(step);
            _solo.ReceiveToken("a1", Solo.Generation(9, "a1"), _hop + 1);
        }
    }

    private void Cancel(JobId id) => _solo.Step(new Input.Cancel(new RequestId(999), id));

    /// <summary>A ring of two in which a1 has a job that runs for very long, and m1 one that waits for it.</summary>
    private static (TestRing Ring, JobId Second) LongWait()
    {
        var ring = new TestRing();
        var (a, m) = (ring.Add("a1"), ring.Add("m1", join: "a1:1"));
        a.JobTime = TimeSpan.FromMinutes(10);
        ring.Until(() => m.Ring().Executors.Count(executor => executor.State == ExecutorState.Alive) == 2, TimeSpan.FromMinutes(1));
        return (ring, m.Submit(After(a.Submit())));
    }

    /// <summary>When a1 was asked from a moment on, in seconds from the first time.</summary>
    private static int[] AskedSince(TestRing ring, TimeSpan since)
    {
        var times = ring.Sent.Where(sent => sent.At >= since && sent.Message is Message.Await).Select(sent => sent.At).ToArray();
        return [.. times.Select(at => (int)Math.Round((at - times[0]).TotalSeconds)).Distinct()];
    }

    private static Input.LookedUp LookedUp(JobId id, DependencyState state) => new(new EquatableList<JobEnded>(new JobEnded(id, state)));

    private static Message.Ended Ended(JobId id, DependencyState state) => new(new EquatableList<JobEnded>(new JobEnded(id, state)));

    private static JobTerms After(params ReadOnlySpan<JobId> jobs) => After(DependencyCondition.Success, jobs);

    private static JobTerms After(DependencyCondition when, params ReadOnlySpan<JobId> jobs)
    {
        var after = new Dependency[jobs.Length];
        for (var i = 0; i < jobs.Length; i++)
        {
            after[i] = new Dependency(jobs[i], when);
        }

        return TestExecutor.Command() with
        {
            After = new EquatableList<Dependency>(after),
        };
    }
}
