using System.Xml.Linq;

namespace Rondo.Simulation.Tests;

/// <summary>A run as a picture.</summary>
public sealed class TimelineTests
{
    private static readonly string[] Lanes = ["a1", "b2"];

    [Theory]
    [InlineData(4)]
    [InlineData(7)]
    public void Run_AsAPicture_HasWhatHappenedInOrder(ulong seed)
    {
        var simulation = new Simulation(seed);
        simulation.Trace = new Trace(simulation, writer: null);
        var traced = Simulation.Run(simulation);
        var rows = simulation.Trace.Timeline.Select(new TimelineView { From = 0, To = 5 * VirtualTime.Second });

        // Looking on changes nothing.
        Assert.Equal(Simulation.Run(seed).Hash, traced.Hash);
        Assert.NotEmpty(rows);
        Assert.True(rows.Count <= TimelineView.MaxRows);
        Assert.Equal(rows.Select(row => row.Item.Time).Order(), rows.Select(row => row.Item.Time));
    }

    [Fact]
    public void Message_ThatArrives_IsAnArrowToItsArrival_AndALostOneIsNot()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("timeline").FullName, "run.svg");
        TimelinePicture.Write(
            file,
            "a <run>",
            Lanes,
            [
                (0, new TimelineItem(10, 0, TimelineKind.Send, "Ack") { Other = 1, ArrivesAt = 1 }),
                (1, new TimelineItem(20, 1, TimelineKind.Arrive, "Ack") { Other = 0 }),
                (2, new TimelineItem(30, 1, TimelineKind.Send, "Wake") { Other = 0 }),
            ]
        );

        var svg = XDocument.Load(file).Root!;
        XNamespace space = "http://www.w3.org/2000/svg";
        Assert.Single(svg.Elements(space + "line"), line => line.Attribute("marker-end") is not null);
        Assert.Contains(svg.Elements(space + "text"), text => text.Value == "\u00d7");
    }

    [Fact]
    public void Timeline_AsText_ShowsWhoSentToWhom()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("timeline").FullName, "run.txt");
        TimelinePicture.Write(
            file,
            "a run",
            Lanes,
            [
                (0, new TimelineItem(10, 0, TimelineKind.Send, "Ack") { Other = 1, ArrivesAt = 1 }),
                (1, new TimelineItem(20, 1, TimelineKind.Fault, "crashes")),
            ]
        );

        var lines = File.ReadAllLines(file);
        Assert.Contains(lines, line => line.Contains("o------>", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("!      crashes", StringComparison.Ordinal));
    }
}
