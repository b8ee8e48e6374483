namespace Rondo.Core.Tests;

/// <summary>How long the token stays at a hop.</summary>
public sealed class PaceTests
{
    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(7, 0, 0)]
    [InlineData(8, 1, 1)]
    [InlineData(11, 1, 1)]
    [InlineData(12, 2, 2)]
    [InlineData(16, 4, 4)]
    [InlineData(20, 8, 8)]
    [InlineData(24, 10, 16)]
    [InlineData(40, 10, 250)]
    [InlineData(1_000_000, 10, 250)]
    public void Pause_InARingOfFour_DoublesWithEachQuietLapUpToALimit(int quietHops, int whileJobsWait, int otherwise)
    {
        Assert.Equal(TimeSpan.FromMilliseconds(whileJobsWait), Pace.Pause(quietHops, 4, jobsWait: true));
        Assert.Equal(TimeSpan.FromMilliseconds(otherwise), Pace.Pause(quietHops, 4, jobsWait: false));
    }

    [Theory]
    [InlineData(1, 1000, 1000)]
    [InlineData(4, 250, 1000)]
    [InlineData(10, 100, 1000)]
    [InlineData(20, 100, 2000)]
    public void IdleRing_TakesASecondForALapAndNoLessThanATenthForAHop(int executors, int hop, int lap)
    {
        Assert.Equal(TimeSpan.FromMilliseconds(hop), Pace.IdlePause(executors));
        Assert.Equal(TimeSpan.FromMilliseconds(hop), Pace.Pause(1_000_000, executors, jobsWait: false));
        Assert.Equal(TimeSpan.FromMilliseconds(lap), Pace.Rest(executors));
    }

    [Fact]
    public void QuietHops_WhileTheTableChanges_GoNoFurtherThanFourMillisecondsAHop()
    {
        var (steady, quiet) = (0, 0);
        for (var i = 0; i < 100; i++)
        {
            steady = Pace.NextQuietHops(steady, 4, mayMatter: true);
            quiet = Pace.NextQuietHops(quiet, 4, mayMatter: false);
            Assert.True(i >= 16 || steady == quiet);
        }

        Assert.Equal(100, quiet);
        Assert.Equal(TimeSpan.FromMilliseconds(4), Pace.Pause(steady, 4, jobsWait: false));
        Assert.Equal(steady, Pace.NextQuietHops(quiet, 4, mayMatter: true));
    }

    [Theory]
    [InlineData(27, false)]
    [InlineData(28, true)]
    [InlineData(29, true)]
    public void Leisure_BeginsAfterSevenQuietLaps(int quietHops, bool isLeisurely) =>
        Assert.Equal(isLeisurely, Pace.IsLeisurely(quietHops, 4));
}
