using Rondo.Executor.Hosting;

namespace Rondo.Executor.Tests.Hosting;

/// <summary>Options are checked as a whole.</summary>
public sealed class ExecutorOptionsTests
{
    private static readonly ExecutorOptions Right = new() { DataDirectory = "/tmp/rondo" };

    [Fact]
    public void Defaults_WithADataDirectory_AreRight() => Assert.Empty(Right.Validate());

    [Fact]
    public void SeveralMistakes_AreToldAtOnceWithNameValueAndWhatIsRight()
    {
        var options = Right with
        {
            DataDirectory = " ",
            Name = "",
            Listen = "7070",
            Ring = "0.0.0.0:7071",
            Join = ["10.0.0.7:7071", "nowhere"],
            Slots = 0,
            StopGrace = TimeSpan.FromSeconds(-1),
        };

        var problems = options.Validate();

        Assert.Equal(
            ["DataDirectory", "Name", "Listen", "AdvertiseRing", "Join", "Slots", "StopGrace"],
            problems.Select(problem => problem.Name)
        );
        Assert.Equal(
            "Listen is '7070': expected an IP address (or localhost, or *) and a port, such as 127.0.0.1:7070",
            problems[2].ToString()
        );
    }

    [Fact]
    public void BoundsThatCannotBe_AreToldWithWhatIsRight()
    {
        var options = Right with
        {
            Weight = 0,
            Labels = new Dictionary<string, string> { [""] = "x" },
            RescueAfter = TimeSpan.Zero,
            JobMaxBytes = 1,
            OutputMaxBytes = (256 << 20) + 1,
            MaxUnfinished = 0,
            MaxUnfinishedBytes = 0,
            KeepFinished = TimeSpan.FromSeconds(1),
            KeepFinishedBytes = 1,
        };

        var problems = options.Validate();

        Assert.Equal(
            [
                "Weight",
                "Labels",
                "RescueAfter",
                "JobMaxBytes",
                "OutputMaxBytes",
                "MaxUnfinished",
                "MaxUnfinishedBytes",
                "KeepFinished",
                "KeepFinishedBytes",
            ],
            problems.Select(problem => problem.Name)
        );
        Assert.All(problems, problem => Assert.NotEqual("", problem.Expected));
        Assert.Equal("0", problems[0].Value);
    }

    [Fact]
    public void Wildcard_WithAdvertisedAddress_IsRight() =>
        Assert.Empty(
            (Right with { Listen = "*:7070", Ring = "[::]:7071", AdvertiseListen = "node-3:0", AdvertiseRing = "node-3:7071" }).Validate()
        );

    [Fact]
    public void Listen_SameAsRing_IsRefused() => Assert.Equal("Ring", Assert.Single((Right with { Ring = Right.Listen }).Validate()).Name);
}
