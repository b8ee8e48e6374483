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
}
