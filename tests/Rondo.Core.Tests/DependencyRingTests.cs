namespace Rondo.Core.Tests;

/// <summary>Jobs that depend on each other over several homes, on a perfect network with executors that crash.</summary>
public sealed class DependencyRingTests
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(2);

    private readonly TestRing _ring = new();
    private readonly TestExecutor _a;
    private readonly TestExecutor _m;
    private readonly TestExecutor _z;

    public DependencyRingTests()
    {
        _a = _ring.Add("a1");
        _m = _ring.Add("m1", join: "a1:1");
        _z = _ring.Add("z1", join: "a1:1");
        _ring.Until(() => _ring.Executors.Values.All(executor => executor.Ring().Executors.Count(Alive) == 3), _limit);
    }

    [Fact]
    public void Chain_OverThreeHomes_RunsInItsOrder()
    {
        var first = _a.Submit();
        var second = _m.Submit(After(first));
        var third = _z.Submit(After(second));

        _ring.Until(() => _z.View(third).IsFinal, _limit);

        Assert.Equal(JobState.Succeeded, _z.View(third).State);
        Assert.True(_m.View(second).StartedAt >= _a.View(first).FinishedAt);
        Assert.True(_z.View(third).StartedAt >= _m.View(second).FinishedAt);
    }

    [Fact]
    public void Dependency_ThatEndedLongBefore_IsKnownAtOnce()
    {
        var first = _a.Submit();
        _ring.Until(() => _a.View(first).IsFinal, _limit);

        var second = _m.Submit(After(first));
        _ring.Run(TimeSpan.FromMilliseconds(50));

        Assert.Equal(JobState.Running, _m.View(second).State);
    }

    [Fact]
    public void Dependency_ThatTakesLong_IsAskedForSeldom()
    {
        _a.JobTime = TimeSpan.FromMinutes(1);
        var second = _m.Submit(After(_a.Submit()));

        _ring.Run(TimeSpan.FromSeconds(50));

        // After 0, 2, 6, 14 and 30 seconds.
        Assert.Equal(5, _ring.Sent.Count(sent => sent.Message is Message.Await));
        _ring.Until(() => _m.View(second).IsFinal, _limit);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void Homes_ThatCrash_GoOn(bool dependency, bool dependent)
    {
        var first = _a.Submit();
        var second = _m.Submit(After(first));
        _ring.Run(TimeSpan.FromMilliseconds(500));

        Crash(dependency ? [_a] : [], dependent ? [_m] : []);
        _ring.Until(() => _m.View(second).IsFinal, _limit);

        Assert.Equal(JobState.Succeeded, _m.View(second).State);
        Assert.Equal(JobState.Succeeded, _a.View(first).State);
        Assert.Single(_m.Records.OfType<Record.DependencyEnded>());
    }

    [Fact]
    public void Home_ThatIsRemoved_FailsWhatWaitsForIt()
    {
        _a.JobTime = null;
        var second = _m.Submit(After(_a.Submit()));
        _ring.Run(TimeSpan.FromMilliseconds(500));
        _a.Kill();
        _ring.Run(TimeSpan.FromSeconds(1));

        _m.Ask(request => new Input.Remove(request, _a.Id));

        Assert.Equal(Reasons.DependencyFailed, _m.View(second).Reason);
    }

    private void Crash(params TestExecutor[][] executors)
    {
        foreach (var executor in executors.SelectMany(group => group))
        {
            executor.Kill();
        }

        _ring.Run(TimeSpan.FromSeconds(3));
        foreach (var executor in executors.SelectMany(group => group))
        {
            executor.Start();
        }
    }

    private static bool Alive(RingMemberView executor) => executor.State == ExecutorState.Alive;

    private static JobTerms After(JobId job) =>
        TestExecutor.Command() with
        {
            After = new EquatableList<Dependency>(new Dependency(job, DependencyCondition.Success)),
        };
}
