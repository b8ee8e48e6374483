namespace Rondo.Core.Tests;

public sealed class KeepingTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [Theory]
    [InlineData(null, null, true)]
    [InlineData(1, null, false)]
    [InlineData(3, null, true)]
    [InlineData(null, 1, false)]
    [InlineData(3, 1, false)]
    [InlineData(1, 3, false)]
    public void FinishedJob_ThatTheStoreKeepsNoLonger_IsNotToldOfFromMemory(int? keep, int? own, bool isTold)
    {
        var solo = new Solo(keepFinished: keep * Hour);
        var id = solo.Submit(TestExecutor.Command() with { Retention = own * Hour });
        solo.End(id);
        Assert.NotNull(solo.View(id));

        solo.Wait(2 * Hour);

        Assert.Equal(isTold, solo.View(id) is not null);
    }

    /// <summary>Whether memory still has the job decides nothing: after a restart it would be asked for in the store as well.</summary>
    [Theory]
    [InlineData(1, true)]
    [InlineData(3, false)]
    public void DependencyOnAFinishedJob_ThatTheStoreMayHaveDeleted_IsLookedUpThere(int keep, bool isLookedUp)
    {
        var solo = new Solo();
        var first = solo.Submit(TestExecutor.Command() with { Retention = keep * Hour });
        solo.End(first);
        solo.Wait(2 * Hour);

        var second = solo.Submit(
            TestExecutor.Command() with
            {
                After = new EquatableList<Dependency>(new Dependency(first, DependencyCondition.Success)),
            }
        );

        Assert.Equal(isLookedUp ? [first] : [], solo.Effects.OfType<Effect.LookUp>().SelectMany(lookUp => lookUp.Jobs));
        Assert.Equal(isLookedUp ? JobState.Scheduled : JobState.Running, solo.View(second)!.State);
    }
}
