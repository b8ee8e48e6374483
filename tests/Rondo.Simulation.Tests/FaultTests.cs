using Rondo.Core;

namespace Rondo.Simulation.Tests;

/// <summary>The faults that runs are said to have really come.</summary>
public sealed class FaultTests
{
    [Fact]
    public void Seeds_TakenTogether_HaveEveryKindOfFault()
    {
        var runs = new EquatableList<int>[400];
        Parallel.For(0, runs.Length, index => runs[index] = Simulation.Run((ulong)(index + 30_000)).Faults);

        var (table, missing) = FaultCounts.Describe(runs);

        TestContext.Current.SendDiagnosticMessage(table);
        Assert.True(missing == 0, table);
    }

    [Fact]
    public void Document_NamesEveryKindOfFault()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "Rondo.slnx")))
        {
            directory = Path.GetDirectoryName(directory)!;
        }

        var words = File.ReadAllText(Path.Combine(directory, "docs", "reliability.md")).Split(' ', ',', '\n');

        Assert.Empty(Enum.GetNames<Fault>().Except(words));
    }

    [Fact]
    public void Table_WithAFaultThatNeverCame_SaysSo()
    {
        var counts = new FaultCounts();
        counts.Add(Fault.Crash);

        var (table, missing) = FaultCounts.Describe([counts.ToList()]);

        Assert.Equal(Enum.GetValues<Fault>().Length - 1, missing);
        Assert.Contains("NEVER", table, StringComparison.Ordinal);
    }

    [Fact]
    public void RealStore_BesideTheSimulatedOne_FindsTheSameAfterEveryCrash()
    {
        using var disks = new TemporaryDisks();
        for (var seed = 40_001UL; seed <= 40_012; seed++)
        {
            var result = Simulation.Run(seed, RunKind.Safety, disks.For(seed));

            Assert.True(result.Violation is null, $"{result.Violation}\n{result.Replay(RunKind.Safety)} --sqlite");
        }
    }
}
