namespace Rondo.Simulation.Tests;

/// <summary>Seeds that once showed a bug. What each bug was is told by a test of the rule itself, in the core's tests.</summary>
public sealed class KnownSeedTests
{
    [Theory]
    [InlineData(286, "a core whose quota had lapsed asked for tick after tick")]
    [InlineData(592, "a job that was handed on twice was lost with the disk of its last holder")]
    [InlineData(39, "a holder that its home could not hear kept the result for ever")]
    [InlineData(459, "two executors that missed each other kept the token running at full speed")]
    [InlineData(411, "a job that only an executor beside the token's way could run was never handed over")]
    [InlineData(691, "nobody noticed that an executor had gone mute, except its neighbour")]
    [InlineData(513, "a home did not learn that a holder could not reach it")]
    [InlineData(3541, "a number chosen far from home made an executor take a new offer for an old one")]
    [InlineData(1747, "a job that came again while an old attempt of it ran was never done")]
    [InlineData(57, "a job that was started while its executor stopped counted as a crash")]
    public void Seed_ThatOnceFailed_Holds(ulong seed, string bug)
    {
        var result = Simulation.Run(seed);

        Assert.True(result.Violation is null, $"{bug}? {result.Violation}\n{result.Replay()}");
    }
}
