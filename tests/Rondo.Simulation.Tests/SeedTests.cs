using System.Collections.Concurrent;

namespace Rondo.Simulation.Tests;

/// <summary>Whole rings under faults of every kind.</summary>
public sealed class SeedTests
{
    /// <summary>Seeds are split so that a failing run says early which part it is in.</summary>
    [Theory]
    [InlineData(1, 250)]
    [InlineData(251, 500)]
    [InlineData(501, 750)]
    [InlineData(751, 1000)]
    public void Ring_UnderFaults_KeepsItsPromises(int first, int last) => AssertAllHold(first, last, kind: null);

    [Fact]
    public void Ring_InCalm_IsBalancedWithinTwoLaps()
    {
        var checks = AssertAllHold(10_001, 10_100, RunKind.Calm);

        // A check that had nothing to check proves nothing.
        Assert.True(checks > 1000, $"only {checks} laps had something to balance");
    }

    [Fact]
    public void Ring_WithOneFaultThatStays_FinishesWhatItCan() => AssertAllHold(20_001, 20_100, RunKind.Liveness);

    [Theory]
    [InlineData(7)]
    [InlineData(39)]
    [InlineData(268)]
    [InlineData(1305)]
    public void Seed_RunTwice_DoesTheSame(ulong seed)
    {
        var first = Simulation.Run(seed);
        var second = Simulation.Run(seed);

        Assert.Equal(first, second);
    }

    [Fact]
    public void Seeds_TakenTogether_UseAllThatAJobMayAskFor()
    {
        var results = new SeedResult[200];
        Parallel.For(0, results.Length, index => results[index] = Simulation.Run((ulong)(index + 50_000), RunKind.Safety));

        Assert.True(results.Sum(result => result.Dependents) > 20, "hardly any job waited for another one");
        Assert.True(results.Sum(result => result.FullCaps) > 20, "hardly any cap was ever full");
        Assert.True(results.Sum(result => result.Repetitions) > 20, "hardly any request was repeated");
    }

    [Fact]
    public void Seeds_OfTwoRuns_Differ() => Assert.NotEqual(Simulation.Run(1).Hash, Simulation.Run(2).Hash);

    private static long AssertAllHold(int first, int last, RunKind? kind)
    {
        var failed = new ConcurrentQueue<SeedResult>();
        var checks = 0L;
        Parallel.For(
            first,
            last + 1,
            seed =>
            {
                var result = Simulation.Run((ulong)seed, kind);
                Interlocked.Add(ref checks, result.BalanceChecks);
                if (result.Violation is not null)
                {
                    failed.Enqueue(result);
                }
            }
        );
        Assert.True(
            failed.IsEmpty,
            string.Join('\n', failed.Select(result => $"seed {result.Seed}: {result.Violation}\n  {result.Replay(kind)}"))
        );
        return checks;
    }
}
