using Rondo.Executor.Crons;

namespace Rondo.Executor.Tests.Crons;

/// <summary>When a cron fires: by the clocks of its zone, over both changes of them, and after times that it missed.</summary>
public sealed class CronScheduleTests
{
    private static readonly DateTimeOffset _start = At("2026-06-01T00:00:00Z");

    [Theory]
    [InlineData("30 2 * * *", "2026-03-28T02:00:00Z", "2026-03-29T01:00:00Z")] // There is no 02:30 on that day: at 03:00, right after the gap.
    [InlineData("30 2 * * *", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z")]
    [InlineData("30 2 * * *", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z")] // 02:30 comes twice: the first one counts.
    [InlineData("30 2 * * *", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z")]
    [InlineData("*/30 * * * *", "2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z")] // An interval goes on evenly.
    [InlineData("*/30 * * * *", "2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z")]
    [InlineData("0 9 * * MON", "2026-03-23T08:00:00Z", "2026-03-30T07:00:00Z")]
    [InlineData("@daily", "2026-06-01T12:00:00Z", "2026-06-01T22:00:00Z")]
    [InlineData("15 0 9 * * *", "2026-06-01T06:00:00Z", "2026-06-01T07:00:15Z")]
    public void Next_InBerlin_IsByItsClocks(string cron, string after, string expected) =>
        Assert.Equal(At(expected), Schedule(cron, "Europe/Berlin").Next(At(after)));

    [Theory]
    [InlineData("61 * * * *", "UTC", "\"cron\" is \"61 * * * *\": ")]
    [InlineData("* * * *", "UTC", "\"cron\" is \"* * * *\": it has 4 fields. Expected minute, hour,")]
    [InlineData("30", "UTC", "\"cron\" is \"30\": it has 1 field. Expected minute, hour,")]
    [InlineData("@sometimes", "UTC", "\"cron\" is \"@sometimes\": ")]
    [InlineData("* * * * *", "Europe/Atlantis", "\"timeZone\" is \"Europe/Atlantis\": ")]
    public void Parse_OfNonsense_SaysWhatIsWrong(string cron, string zone, string said)
    {
        Assert.Null(CronSchedule.Parse(cron, zone, out var problem));
        Assert.StartsWith(said, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Latest_OfALongTime_LooksAtItsEndAlone()
    {
        var times = Schedule("* * * * * *").Latest(_start.AddYears(-3), _start, 3);

        Assert.Equal([_start.AddSeconds(-2), _start.AddSeconds(-1), _start], times);
    }

    [Fact]
    public void Decide_OnTime_FiresOnce()
    {
        foreach (var missed in Enum.GetValues<MissedRuns>())
        {
            var firing = Firing.Decide(Schedule("* * * * *"), missed, _start, _start.AddSeconds(61));

            Assert.Equal([_start.AddMinutes(1)], firing.Times);
            Assert.Equal((_start.AddMinutes(1), _start.AddMinutes(2)), (firing.Through, firing.Next));
        }
    }

    [Theory]
    [InlineData("skip", 0)]
    [InlineData("once", 1)]
    [InlineData("all", 5)]
    public void Decide_AfterMissedTimes_GoesByTheRule(string missed, int fires)
    {
        var now = _start.AddHours(5).AddMinutes(20);
        var firing = Firing.Decide(Schedule("0 * * * *"), Enum.Parse<MissedRuns>(missed, ignoreCase: true), _start, now);

        Assert.Equal(fires, firing.Times.Count);
        Assert.Equal((_start.AddHours(5), _start.AddHours(6)), (firing.Through, firing.Next));
        Assert.True(fires == 0 || firing.Times[^1] == _start.AddHours(5));
    }

    [Fact]
    public void Decide_AfterYears_IsBounded()
    {
        var firing = Firing.Decide(Schedule("* * * * *"), MissedRuns.All, _start.AddYears(-2), _start);

        Assert.Equal(CronSchedule.LatestMax, firing.Times.Count);
        Assert.Equal(_start, firing.Times[^1]);
    }

    [Fact]
    public void Decide_AfterTheClockWasSetBackALittle_FiresNothingTwice()
    {
        var firing = Firing.Decide(Schedule("* * * * *"), MissedRuns.All, _start, _start.AddMinutes(-30));

        Assert.Empty(firing.Times);
        Assert.Equal((_start, _start.AddMinutes(1)), (firing.Through, firing.Next));
    }

    [Fact]
    public void Decide_AfterTheClockWasWrong_BeginsAnew()
    {
        var now = _start.AddYears(-4);

        var firing = Firing.Decide(Schedule("* * * * *"), MissedRuns.All, _start, now);

        Assert.Empty(firing.Times);
        Assert.Equal(now.AddMinutes(1), firing.Next);
    }

    private static CronSchedule Schedule(string cron, string zone = "UTC")
    {
        var schedule = CronSchedule.Parse(cron, zone, out var problem);
        Assert.Null(problem);
        return schedule!;
    }

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
