namespace Rondo.Core.Tests;

/// <summary>The ring as a whole on a perfect network: joining, balance, crashes, pace.</summary>
public sealed class RingTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    private static (TestRing Ring, TestExecutor[] Executors) RingOf(int executors, int slots = 4)
    {
        var ring = new TestRing();
        var all = Enumerable.Range(0, executors).Select(i => ring.Add($"{(char)('a' + i)}1", slots, i == 0 ? null : "a1:1")).ToArray();
        ring.Until(() => all.All(executor => IsWhole(executor, executors)), Soon);
        return (ring, all);
    }

    private static bool IsWhole(TestExecutor executor, int executors)
    {
        var view = executor.Ring();
        return view.Executors.Count == executors && view.Executors.All(member => member.State == ExecutorState.Alive && member.Slots > 0);
    }

    [Fact]
    public void Join_ThroughAnyMember_EverybodyKnowsEverybody()
    {
        var ring = new TestRing();
        var a = ring.Add("a1");
        var b = ring.Add("b1", join: "a1:1");
        var c = ring.Add("c1", join: "b1:1");
        var d = ring.Add("d1", join: "c1:1");

        ring.Until(() => new[] { a, b, c, d }.All(executor => IsWhole(executor, 4)), Soon);

        Assert.Single(ring.Executors.Values.Select(executor => executor.Ring().Generation).Distinct());
    }

    [Fact]
    public void Burst_GivenToOneOfFour_SameNumberRunsOnEach()
    {
        var (ring, all) = RingOf(4);
        var jobs = Enumerable.Range(0, 40).Select(_ => all[0].Submit()).ToArray();

        ring.Run(TimeSpan.FromMilliseconds(50));

        Assert.All(all, executor => Assert.Equal(4, executor.Running.Count));
        ring.Until(() => jobs.All(job => all[0].View(job).IsFinal), TimeSpan.FromMinutes(1));
        Assert.All(jobs, job => Assert.Equal(JobState.Succeeded, all[0].View(job).State));
    }

    [Fact]
    public void SmallBurst_OnAnIdleRing_IsSharedThoughOneExecutorCouldRunItAll()
    {
        var (ring, all) = RingOf(4, slots: 8);
        ring.Run(TimeSpan.FromSeconds(30));
        for (var i = 0; i < 6; i++)
        {
            all[1].Submit();
        }

        ring.Run(TimeSpan.FromMilliseconds(20));

        Assert.Equal([1, 1, 2, 2], all.Select(executor => executor.Running.Count).Order());
    }

    [Fact]
    public void SmallBursts_GivenToSeveralAtTheSameTime_AreSharedThoughNoneHasToWait()
    {
        var random = new Random(1);
        for (var run = 0; run < 25; run++)
        {
            var (ring, all) = RingOf(5, slots: 16);
            ring.Run(TimeSpan.FromMilliseconds(3000 + random.Next(1000)));
            var jobs = all.Select(_ => random.Next(6)).ToArray();
            foreach (var (executor, count) in all.Zip(jobs))
            {
                for (var i = 0; i < count; i++)
                {
                    executor.Submit();
                }
            }

            ring.Run(TimeSpan.FromMilliseconds(50));

            var running = all.Select(executor => executor.Running.Count).ToArray();
            Assert.Equal(jobs.Sum(), running.Sum());
            Assert.True(running.Max() - running.Min() <= 1, $"{string.Join(' ', jobs)} were shared as {string.Join(' ', running)}");
        }
    }

    [Fact]
    public void Results_OfMovedJobs_ArePushedToTheHomeAtOnce()
    {
        var (ring, all) = RingOf(4);
        var jobs = Enumerable.Range(0, 16).Select(_ => all[0].Submit()).ToArray();
        var request = ring.NewRequest();
        ring.Run(TimeSpan.FromMilliseconds(50));
        var away = jobs.First(job => all[0].View(job).Holder != all[0].Id);
        all[0].Step(new Input.Watch(request, away, Known: null));

        ring.Until(() => all[0].Answers.ContainsKey(request), TimeSpan.FromMilliseconds(1100));

        Assert.True(Assert.IsType<Answer.Job>(all[0].Answers[request]).View.IsFinal);
    }

    [Fact]
    public void Idle_Ring_SendsFewTokenMessagesAndMakesNoNewGeneration()
    {
        var (ring, all) = RingOf(4);
        ring.Run(TimeSpan.FromSeconds(20));
        var generation = all[0].Ring().Generation;
        var before = ring.Sent.Count;

        ring.Run(TimeSpan.FromSeconds(20));

        Assert.True((ring.Sent.Count - before) / 20.0 <= 25, $"{(ring.Sent.Count - before) / 20.0} messages a second");
        Assert.Equal(generation, all[0].Ring().Generation);
    }

    [Fact]
    public void JobsOneByOne_GivenToOneOfFour_AreSharedAtOnceForLessThanATokenMessageEach()
    {
        var (ring, all) = RingOf(4);
        ring.Run(TimeSpan.FromSeconds(20));
        SubmitOneByOne(40, all[1], ring);
        var before = ring.Sent.Count(IsOfToken);

        SubmitOneByOne(200, all[1], ring);

        Assert.InRange(ring.Sent.Count(IsOfToken) - before, 1, 200);

        static bool IsOfToken((TimeSpan At, ExecutorId From, ExecutorId To, Message Message) sent) =>
            sent.Message is Message.Pass or Message.Ack or Message.Wake or Message.Inquire or Message.Alive;
    }

    [Fact]
    public void Jobs_GivenToAnotherThanWhereTheTokenRests_AreSharedAtOnce()
    {
        var (ring, all) = RingOf(4);
        ring.Run(TimeSpan.FromSeconds(20));
        SubmitOneByOne(40, all[1], ring);
        Assert.Equal(all[1].Id, ring.Sent.Last(sent => sent.Message is Message.Pass).To);

        for (var i = 0; i < 4; i++)
        {
            all[3].Submit();
        }

        ring.Run(TimeSpan.FromMilliseconds(10));

        AssertIsEven(all);
    }

    [Fact]
    public void Jobs_WherePlentyWaitEverywhere_MoveOnlyWhenThatDoublesWhatWaitsThere()
    {
        var (ring, all) = RingOf(2, slots: 1);
        ring.Executors.Values.ToList().ForEach(executor => executor.JobTime = null);
        Assert.True(OffersAfter(80) > 0);

        // Some more, so that the token goes round and the rows are those of executors that run jobs.
        Assert.True(OffersAfter(8) > 0);
        var (here, there) = (WaitingAt(all[0]), WaitingAt(all[1]));
        Assert.True(there > Balancer.WorthwhileGap + 2);

        // What would go there is half the difference.
        var onlyJustLess = (2 * (there - 2)) - (here - there);
        Assert.Equal(0, OffersAfter(onlyJustLess));
        Assert.True(OffersAfter(8) > 0);

        int OffersAfter(int jobs)
        {
            var before = ring.Sent.Count(sent => sent.Message is Message.Offer);
            Submit(jobs, all[0]);
            ring.Run(TimeSpan.FromMilliseconds(500));
            return ring.Sent.Count(sent => sent.Message is Message.Offer) - before;
        }
    }

    [Fact]
    public void Jobs_GivenToEachOfFourOneAfterTheOther_HardlyMove()
    {
        var (ring, all) = RingOf(4, slots: 2);
        foreach (var executor in all)
        {
            Submit(200, executor);
            ring.Run(TimeSpan.FromMilliseconds(10));
        }

        ring.Run(TimeSpan.FromSeconds(3));

        // Those of the first went to the others, who had none yet, and as many came back at leisure.
        Assert.InRange(ring.Sent.Sum(sent => sent.Message is Message.Offer offer ? offer.Jobs.Count : 0), 100, 300);
    }

    [Fact]
    public void WaitingJobs_OfOneOfFour_AreSpreadBeforeLong()
    {
        var (ring, all) = RingOf(4, slots: 2);
        ring.Executors.Values.ToList().ForEach(executor => executor.JobTime = null);
        Submit(100, all[0]);
        ring.Run(TimeSpan.FromMilliseconds(20));
        Submit(300, all[0]);

        ring.Run(TimeSpan.FromSeconds(3));

        Assert.All(all, executor => Assert.InRange(WaitingAt(executor), 50, 200));
    }

    [Fact]
    public void Token_WhilePlentyOfShortJobsWaitEverywhere_GoesSlowly()
    {
        var (ring, all) = RingOf(4, slots: 1);
        ring.Executors.Values.ToList().ForEach(executor => executor.JobTime = TimeSpan.FromMilliseconds(10));
        Submit(1200, all[0]);
        ring.Run(TimeSpan.FromSeconds(1));
        var before = ring.Sent.Count(sent => sent.Message is Message.Pass);

        ring.Run(TimeSpan.FromSeconds(1));

        Assert.All(all, executor => Assert.Single(executor.Running));
        Assert.InRange(ring.Sent.Count(sent => sent.Message is Message.Pass) - before, 1, 50);
    }

    private static int WaitingAt(TestExecutor executor) => executor.Ring().Executors.Single(row => row.Member.Id == executor.Id).Waiting;

    private static void Submit(int jobs, TestExecutor to)
    {
        for (var i = 0; i < jobs; i++)
        {
            to.Submit();
        }
    }

    [Fact]
    public void TokenThatRests_HolderKilled_TokenMovesAgainWithin50Ms()
    {
        var (ring, all) = RingOf(4);
        ring.Run(TimeSpan.FromSeconds(20));
        SubmitOneByOne(40, all[1], ring);
        Assert.Equal(all[1].Id, ring.Sent.Last(sent => sent.Message is Message.Pass).To);
        all[1].Kill();
        var killedAt = ring.Now;

        ring.Until(
            () => ring.Sent.Any(sent => sent.At > killedAt && sent.From != all[1].Id && sent.Message is Message.Pass { Token.Hop: > 0 }),
            TimeSpan.FromMilliseconds(50)
        );
    }

    private static void SubmitOneByOne(int jobs, TestExecutor to, TestRing ring)
    {
        for (var i = 0; i < jobs; i++)
        {
            to.Submit();
            ring.Run(TimeSpan.FromMilliseconds(5));
            AssertIsEven(ring.Executors.Values);
            ring.Run(TimeSpan.FromMilliseconds(85));
        }
    }

    private static void AssertIsEven(IEnumerable<TestExecutor> executors)
    {
        var running = executors.Select(executor => executor.Running.Count).ToArray();
        Assert.True(running.Max() - running.Min() <= 1, string.Join(' ', running));
    }

    [Fact]
    public void TokenHolder_Killed_TokenMovesAgainWithin50Ms()
    {
        var (ring, all) = RingOf(4);
        ring.Run(TimeSpan.FromSeconds(20));
        var lastPass = ring.Sent.Last(sent => sent.Message is Message.Pass);
        var holder = ring.Executors[lastPass.To];
        holder.Kill();
        var killedAt = ring.Now;

        ring.Until(
            () =>
                ring.Sent.Any(sent =>
                    sent.At > killedAt && sent.From != holder.Id && sent.Message is Message.Pass pass && pass.Token.Hop > 0
                ),
            TimeSpan.FromMilliseconds(50)
        );
    }

    [Fact]
    public void Executor_KilledAndStartedAgain_EveryJobEndsOnce()
    {
        var (ring, all) = RingOf(4);
        var jobs = Enumerable.Range(0, 40).Select(_ => all[0].Submit()).ToArray();
        ring.Run(TimeSpan.FromMilliseconds(1500));
        all[2].Kill();
        ring.Run(TimeSpan.FromMilliseconds(700));
        all[2].Start();

        ring.Until(() => jobs.All(job => all[0].View(job).IsFinal), TimeSpan.FromMinutes(1));

        Assert.Equal(40, all[0].Records.OfType<Record.Finished>().Count(record => record.Id.Home == all[0].Id));
        ring.Run(TimeSpan.FromSeconds(5));
        Assert.All(
            all.Skip(1),
            executor => Assert.Equal(0, executor.Ring().Executors.Single(member => member.Member.Id == executor.Id).Waiting)
        );
    }

    [Fact]
    public void Home_KilledWhileItsJobsRunElsewhere_GetsTheirResultsWhenItIsBack()
    {
        var (ring, all) = RingOf(4);
        var jobs = Enumerable.Range(0, 16).Select(_ => all[0].Submit()).ToArray();
        ring.Run(TimeSpan.FromMilliseconds(100));
        all[0].Kill();
        ring.Run(TimeSpan.FromSeconds(3));
        all[0].Start();

        ring.Until(
            () => jobs.All(job => all[0].Ask(request => new Input.Query(request, job)) is Answer.Job { View.IsFinal: true }),
            TimeSpan.FromSeconds(5)
        );

        Assert.All(jobs.Select(all[0].View).Where(view => view.Holder != all[0].Id), view => Assert.Equal(1, view.Attempt.Value));
    }

    [Fact]
    public void Holder_GoneForGood_ItsJobsAreTakenBackAfterTenSeconds()
    {
        var (ring, all) = RingOf(2);
        var jobs = Enumerable.Range(0, 8).Select(_ => all[0].Submit()).ToArray();
        ring.Run(TimeSpan.FromMilliseconds(100));
        all[1].Kill();

        ring.Run(TimeSpan.FromSeconds(9));
        Assert.Contains(jobs, job => !all[0].View(job).IsFinal);

        ring.Until(() => jobs.All(job => all[0].View(job).IsFinal), TimeSpan.FromSeconds(5));
        Assert.Contains(jobs, job => all[0].View(job).Attempt.Value > 1);
    }

    [Fact]
    public void Cancel_OfAJobThatRunsElsewhere_EndsItThere()
    {
        var (ring, all) = RingOf(2);
        Array.ForEach(all, executor => executor.JobTime = null);
        var jobs = Enumerable.Range(0, 8).Select(_ => all[0].Submit()).ToArray();
        ring.Run(TimeSpan.FromMilliseconds(100));
        var away = jobs.First(job => all[0].View(job).Holder == all[1].Id);

        all[0].Ask(request => new Input.Cancel(request, away));
        ring.Run(TimeSpan.FromMilliseconds(100));

        Assert.Equal(JobState.Cancelled, all[0].View(away).State);
        Assert.DoesNotContain(away, all[1].Running.Keys);
    }

    [Fact]
    public void Handler_KnownToAnotherExecutorOnly_RunsThere()
    {
        var ring = new TestRing();
        var a = ring.Add("a1");
        var b = ring.Add("b1", join: "a1:1", capabilities: new Capabilities(Commands: false, new EquatableList<string>("resize")));
        ring.Until(() => IsWhole(a, 2) && IsWhole(b, 2), Soon);

        var job = a.Submit(TestExecutor.Handler("resize"));
        var nobody = a.Submit(TestExecutor.Handler("unheard-of"));
        ring.Until(() => a.View(job).IsFinal, Soon);

        Assert.Equal(b.Id, a.View(job).Holder);
        Assert.Equal(Reasons.NoExecutorCanRunIt, a.View(nobody).Reason);
    }
}
