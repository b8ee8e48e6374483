using Rondo.Client;

namespace Rondo.Cli.Tests.Demo;

public sealed class DemoTests
{
    [Fact]
    public void Balance_TwoLapsWithoutChange_Counts()
    {
        var meter = new BalanceMeter(2);

        meter.Look(Ring(lap: 10, (4, 3), (1, 0)));
        meter.Look(Ring(lap: 11, (4, 3), (1, 0)));
        Assert.Equal(0, meter.Looks);

        meter.Look(Ring(lap: 12, (3, 3), (2, 0)));
        meter.Look(Ring(lap: 13, (4, 3), (1, 0)));

        Assert.Equal((2, 3), (meter.Looks, meter.Largest));
    }

    [Fact]
    public void Balance_SomethingFinished_SettlesAnew()
    {
        var meter = new BalanceMeter(2);

        meter.Look(Ring(lap: 10, (4, 3), (1, 0)));
        meter.Look(Ring(lap: 12, (4, 2), (1, 0)));
        meter.Look(Ring(lap: 13, (4, 2), (1, 0)));

        Assert.Equal(0, meter.Looks);
    }

    [Fact]
    public void Balance_NothingWaitsOrSomeoneIsAway_DoesNotCount()
    {
        var meter = new BalanceMeter(2);

        meter.Look(Ring(lap: 10, (4, 0), (1, 0)));
        meter.Look(Ring(lap: 20, (4, 0), (1, 0)));
        meter.Look(Ring(lap: 30, (4, 5)));
        meter.Look(Ring(lap: 40, (4, 5)));

        Assert.Equal(0, meter.Looks);
    }

    [Fact]
    public void Picture_MidWork_ShowsAllThatMatters()
    {
        var picture = Plain.Text(console =>
            console.Write(DemoPicture.Draw(new DemoPlan(2, 40, 4, false), Moment(), Events(), TimeSpan.FromSeconds(6.24), (100, 20)))
        );

        Assert.Equal(
            """
            Rondo demo  2 executors, 40 jobs of 1 to 3 seconds, one crash    6.2s

              alpha  k7q2  alive      ■■■■   4 running  ▪▪▪ 3 waiting             ◀ client
              bravo  m3xd  killed     ····   0 running

              token    lap 8,123 in 0.4 ms   generation 7@k7q2   spread 0
              results  ━━━━━━━━━━──────────────────────────────  10/40

                0.1s  starting
                3.0s  kill -9 4711

            """,
            picture
        );
    }

    [Fact]
    public void Picture_LowTerminal_KeepsTheNewestEvents()
    {
        var picture = Plain.Text(console =>
            console.Write(DemoPicture.Draw(new DemoPlan(2, 40, 4, false), Moment(), Events(), TimeSpan.Zero, (100, 9)))
        );

        Assert.DoesNotContain("starting", picture);
        Assert.Contains("kill -9", picture);
        Assert.Equal(9, picture.TrimEnd('\n').Split('\n').Length);
    }

    [Fact]
    public void Line_MidWork_SaysItInOne() =>
        Assert.Equal(
            "    6.2s  running+waiting: alpha 4+3, bravo killed; lap 8,123; spread 0; results 10/40",
            DemoPicture.Line(Moment(), TimeSpan.FromSeconds(6.24))
        );

    [Fact]
    public void Verdict_AllHolds_SaysSo()
    {
        var text = Plain.Text(console => DemoPicture.WriteVerdict(console, Verdict));

        Assert.Equal(
            """
             ✓  results received  40/40
             ✓  lost              0
             ✓  recorded twice    0      each job's trail has one end
             ✓  changed           0      read again through delta, and compared
             ✓  wrong             0      each result carries its job's id
                ran again         4      bravo ran them when it was killed
             ✓  largest spread    1      in 63 looks at a settled ring where jobs waited

            Nothing was lost, and nothing was recorded twice. 14s

            """,
            text
        );
        Assert.True(Verdict.AllHold);
    }

    [Fact]
    public void Verdict_AnythingBroken_DoesNotHold()
    {
        Assert.False((Verdict with { Received = 39 }).AllHold);
        Assert.False((Verdict with { RecordedTwice = 1 }).AllHold);
        Assert.False((Verdict with { Changed = 1 }).AllHold);
        Assert.False((Verdict with { Wrong = 1 }).AllHold);
        Assert.False((Verdict with { LargestSpread = 2 }).AllHold);
    }

    [Fact]
    public void ReadyLine_Written_IsReadAgain()
    {
        var line = ReadyLine.Format("k7q2", "al (pha)", "127.0.0.1:7070", "127.0.0.1:7071", 1, "/x");

        Assert.Equal("rondo k7q2 (al (pha)) ready: http://127.0.0.1:7070, ring 127.0.0.1:7071, 1 slot, data /x", line);
        Assert.Equal("k7q2", ReadyLine.TryReadId(line));
        Assert.Null(ReadyLine.TryReadId("something else"));
    }

    private static DemoVerdict Verdict { get; } =
        new()
        {
            Jobs = 40,
            Received = 40,
            RecordedTwice = 0,
            Changed = 0,
            Wrong = 0,
            RanAgain = 4,
            LargestSpread = 1,
            Looks = 63,
            Elapsed = TimeSpan.FromSeconds(14.2),
            ReadAgainThrough = "delta",
            Killed = "bravo",
        };

    private static DemoMoment Moment() =>
        new(
            [new DemoRow("alpha", "k7q2", "alive", 4, 4, 3, true), new DemoRow("bravo", "m3xd", "killed", 0, 4, 0, false)],
            new RingToken("7@k7q2", 8123, 0.4),
            0,
            10,
            40
        );

    private static DemoEvent[] Events() =>
        [new(TimeSpan.FromSeconds(0.1), "starting", false), new(TimeSpan.FromSeconds(3), "kill -9 4711", true)];

    private static RingStatus Ring(long lap, params (int Running, int Waiting)[] loads) =>
        new(
            [
                .. loads.Select(
                    (load, i) =>
                        new RingExecutor
                        {
                            Id = $"e{i}",
                            State = "alive",
                            Running = load.Running,
                            Waiting = load.Waiting,
                            Slots = 4,
                            Incarnation = 1,
                        }
                ),
            ],
            new RingToken("7@k7q2", lap, 0.4),
            0,
            "e0"
        );
}
