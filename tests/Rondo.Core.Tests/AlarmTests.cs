namespace Rondo.Core.Tests;

/// <summary>Which of several jobs that wait for times goes first, and when its executor looks at the clock for it.</summary>
public sealed class AlarmTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(5);

    private readonly Solo _solo = new(slots: 8);

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void Jobs_OfDifferentTimes_StartEachToTheMoment(bool soonIsATime, bool lateIsATime)
    {
        var late = Submit(lateIsATime, Late);
        var soon = Submit(soonIsATime, Soon);
        var latest = Submit(lateIsATime, 2 * Late);

        _solo.Wait(Soon - TimeSpan.FromMilliseconds(1));
        Assert.Empty(Started());
        _solo.Wait(TimeSpan.FromMilliseconds(1));
        Assert.Equal([soon], Started());

        _solo.Wait(Late - Soon - TimeSpan.FromMilliseconds(1));
        Assert.Equal([soon], Started());
        _solo.Wait(TimeSpan.FromMilliseconds(1));
        Assert.Equal([soon, late], Started());

        _solo.Wait(Late);
        Assert.Equal([soon, late, latest], Started());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Jobs_WhoseTimesCameUnseen_StartAllInTheOrderInWhichTheyWereHandedIn(bool isATime)
    {
        var jobs = new[] { Submit(isATime, Late), Submit(isATime, Soon), Submit(isATime, 2 * Late) };

        _solo.Sleep(3 * Late);
        _solo.Step(Input.Tick.Instance);

        Assert.Equal(jobs, Started());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Job_ThatIsCancelledBeforeItsTime_LeavesTheOthersTheirs(bool isATime)
    {
        var first = Submit(isATime, Soon);
        var second = Submit(isATime, Late);
        _solo.Wait(Soon / 2);

        _solo.Step(new Input.Cancel(new RequestId(999), first));
        _solo.Wait(Late);

        Assert.Equal([second], Started());
        Assert.Equal(JobState.Cancelled, _solo.View(first)!.State);
    }

    [Fact]
    public void Delay_WhenTheClockWasSetBackWhileTheExecutorWasDown_IsNoLongerThanItWasMeant()
    {
        var before = new Solo();
        before.SetClock(TimeSpan.FromHours(1));
        before.Submit(TestExecutor.Command() with { Start = new StartTime.After(Late) });

        var after = new Solo(before.Recovered);
        after.Wait(Late);

        Assert.Single(after.Effects.OfType<Effect.Start>());
    }

    private JobId Submit(bool isATime, TimeSpan delay) =>
        _solo.Submit(
            TestExecutor.Command() with
            {
                Start = isATime ? new StartTime.At(_solo.Instant.Wall + delay) : new StartTime.After(delay),
            }
        );

    private IEnumerable<JobId> Started() => _solo.Effects.OfType<Effect.Start>().Select(start => start.Id);
}
