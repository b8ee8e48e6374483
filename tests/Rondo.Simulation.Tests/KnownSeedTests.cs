namespace Rondo.Simulation.Tests;

/// <summary>
/// Seeds that once showed something wrong. A seed means the same run only for as long as runs are drawn in the same way: what each of them
/// taught is told by a test of the rule itself, in the core's tests, or by the check that was at fault.
/// </summary>
public sealed class KnownSeedTests
{
    [Theory]
    [InlineData(4484, "a refusal was on its way when the executor that refused was started again and took the same offer")]
    [InlineData(74669, "a home waited for a job at an executor that had removed it, and that heard nothing of it but greetings")]
    public void Seed_ThatOnceFailed_Holds(ulong seed, string story)
    {
        var result = Simulation.Run(seed);

        Assert.True(result.Violation is null, $"{story}? {result.Violation}\n{result.Replay()}");
    }
}
