namespace Rondo.Simulation.Handful;

/// <summary>
/// A few short runs of each kind, with many kinds of fault between them: so few that they can be run against every mutation of the core
/// (<c>tests/stryker.sh</c>). <c>Rondo.Simulation.Tests</c> has the thousands.
/// </summary>
public sealed class HandfulTests
{
    [Theory]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(10)]
    [InlineData(4)]
    [InlineData(3)]
    public void Ring_UnderFaults_KeepsItsPromises(int seed) => AssertHolds((ulong)seed, RunKind.Safety);

    [Theory]
    [InlineData(7)]
    [InlineData(1)]
    public void Ring_WithOneFaultThatStays_FinishesWhatItCan(int seed) => AssertHolds((ulong)seed, RunKind.Liveness);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Ring_InCalm_IsBalanced(int seed) => AssertHolds((ulong)seed, RunKind.Calm);

    private static void AssertHolds(ulong seed, RunKind kind)
    {
        var result = Simulation.Run(seed, kind);

        Assert.True(result.Violation is null, $"{result.Violation}\n{result.Replay(kind)}");
    }
}
