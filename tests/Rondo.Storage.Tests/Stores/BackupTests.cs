using Xunit;

namespace Rondo.Storage.Tests.Stores;

public sealed class BackupTests
{
    [Fact]
    public void Backup_OfAnOpenStore_OpensWithAllThatWasCommitted()
    {
        using var directory = new StoreDirectory();
        using var restored = new StoreDirectory();
        string expected;
        using (var store = directory.OpenLoaded())
        {
            store.Commit(Lives.OneOfEach());
            store.Backup(restored.File);
            expected = Structure.Of(store.Reader.FindJob(Lives.Own(8), whole: true));
            store.Commit([Lives.Accepted(10)]);
        }

        using var copy = restored.OpenLoaded(out var jobs);
        Assert.Equal(Samples.Self, copy.Id);
        Assert.Equal(12, jobs.Count);
        Assert.Equal(expected, Structure.Of(copy.Reader.FindJob(Lives.Own(8), whole: true)));
        Assert.Null(copy.Reader.FindJob(Lives.Own(10)));
    }

    [Fact]
    public void Backup_OverAnExistingFile_IsRefused()
    {
        using var directory = new StoreDirectory();
        using var store = directory.OpenLoaded();
        var refused = Assert.Throws<StoreException>(() => store.Backup(directory.File));
        Assert.Equal(StoreFailure.Failed, refused.Kind);
        store.Commit(Lives.OneOfEach());
    }

    [Fact]
    public void Backup_ThatCannotBeWritten_LeavesTheStoreInUse()
    {
        using var directory = new StoreDirectory();
        using var store = directory.OpenLoaded();
        var path = Path.Combine(directory.Path, "missing", "copy.db");
        Assert.Contains(path, Assert.Throws<StoreException>(() => store.Backup(path)).Message, StringComparison.Ordinal);
        store.Commit(Lives.OneOfEach());
        Assert.False(store.Failure.IsCompleted);
    }
}
