using Rondo.Core;
using Xunit;

namespace Rondo.Storage.Tests.Stores;

/// <summary>What room a store says that it has.</summary>
public sealed class SpaceTests
{
    [Fact]
    public void Space_CountsWhatIsInTheJournalAloneAndWhatDeletedJobsLeave()
    {
        using var directory = new StoreDirectory();
        using var store = directory.OpenLoaded(StoreDirectory.JournalOnly);
        Assert.Equal(0, store.Space().BehindBytes);

        store.Commit([Lives.Accepted(1), Lives.Finished(Lives.Own(1), output: new JobOutput(new byte[500_000], default))]);
        Assert.InRange(store.Space().BehindBytes, 500_000, 510_000);

        store.Flush();
        Assert.Equal(0, store.Space().BehindBytes);
        Assert.InRange(store.Space().EmptyBytes, 0, 100_000);

        Assert.Equal(1, store.DeleteFinishedBeyond(0, 10));
        var space = store.Space();
        Assert.InRange(space.EmptyBytes, 490_000, 600_000);
        Assert.InRange(space.FreeBytes, 1, space.TotalBytes);
    }

    [Fact]
    public void Space_AfterARestart_KnowsWhatHoldsNothing()
    {
        using var directory = new StoreDirectory();
        using (var first = directory.OpenLoaded())
        {
            first.Commit([Lives.Accepted(1), Lives.Finished(Lives.Own(1), output: new JobOutput(new byte[500_000], default))]);
            first.Flush();
            Assert.Equal(1, first.DeleteFinishedBeyond(0, 10));
        }

        using var store = directory.OpenLoaded();
        Assert.InRange(store.Space().EmptyBytes, 490_000, 600_000);
    }
}
