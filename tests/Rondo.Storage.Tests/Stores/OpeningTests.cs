using Rondo.Core;
using SQLitePCL;
using Xunit;

namespace Rondo.Storage.Tests.Stores;

public sealed class OpeningTests
{
    [Fact]
    public void Open_NewDirectory_MakesItWithARandomId()
    {
        using var parent = new StoreDirectory();
        var ids = new HashSet<ExecutorId>();
        for (var i = 0; i < 3; i++)
        {
            using var store = SqliteStore.Open(Path.Combine(parent.Path, $"new{i}"));
            Assert.Equal(4, store.Id.ToString().Length);
            Assert.Equal(new Incarnation(1), store.Incarnation);
            ids.Add(store.Id);
        }

        Assert.Equal(3, ids.Count);
    }

    [Fact]
    public void Open_Again_KeepsTheIdAndRaisesTheIncarnation()
    {
        using var directory = new StoreDirectory();
        for (var start = 1; start <= 4; start++)
        {
            using var store = directory.Open(new StoreOptions { NewId = ExecutorId.Parse($"try{start}") });
            Assert.Equal("try1", store.Id.ToString());
            Assert.Equal(new Incarnation(start), store.Incarnation);
        }
    }

    [Fact]
    public void Open_WhileOpen_IsRefusedAsInUse()
    {
        using var directory = new StoreDirectory();
        using (directory.Open())
        {
            AssertRefused(StoreFailure.InUse, directory);
        }

        directory.Open().Dispose();
    }

    [Fact]
    public void Open_NewerVersion_IsRefusedAndLeftAsItIs()
    {
        using var directory = new StoreDirectory();
        directory.Open().Dispose();
        Execute(directory.File, "PRAGMA user_version = 5");
        var before = File.ReadAllBytes(directory.File);
        AssertRefused(StoreFailure.WrongVersion, directory);
        Assert.Equal(before, File.ReadAllBytes(directory.File));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(100_000)]
    public void Open_FileOfGarbage_IsRefused(int bytes)
    {
        using var directory = new StoreDirectory();
        var garbage = new byte[bytes];
        new Random(1).NextBytes(garbage);
        File.WriteAllBytes(directory.File, garbage);
        AssertRefused(StoreFailure.NotAStore, directory);
        Assert.Equal(garbage, File.ReadAllBytes(directory.File));
    }

    [Fact]
    public void Open_OtherProgramsDatabase_IsRefused()
    {
        using var directory = new StoreDirectory();
        Execute(directory.File, "CREATE TABLE meta(key INTEGER PRIMARY KEY, value TEXT)");
        AssertRefused(StoreFailure.NotAStore, directory);
    }

    [Fact]
    public void Open_LogWithoutItsFile_IsRefusedAsDamaged()
    {
        using var directory = new StoreDirectory();
        File.WriteAllBytes(directory.File + "-wal", [1, 2, 3]);
        AssertRefused(StoreFailure.Damaged, directory);
    }

    [Fact]
    public void Open_TruncatedFile_IsRefused()
    {
        using var directory = new StoreDirectory();
        using (var store = directory.OpenLoaded())
        {
            store.Commit(Lives.OneOfEach());
        }

        using (var file = File.OpenWrite(directory.File))
        {
            file.SetLength(file.Length / 2);
        }

        var refused = Assert.Throws<StoreException>(() => directory.OpenLoaded());
        Assert.Equal(StoreFailure.Damaged, refused.Kind);
        Assert.Contains(directory.File, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_CrashedWhileItWasMade_MakesItAnew()
    {
        using var directory = new StoreDirectory();
        File.WriteAllBytes(directory.File + ".new", new byte[5_000]);
        File.WriteAllBytes(directory.File + ".new-journal", new byte[50]);
        directory.OpenLoaded().Dispose();
        Assert.Equal(["journal.0", "lock", "rondo.db"], Directory.GetFiles(directory.Path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Open_WhereAFileIs_IsRefused()
    {
        using var directory = new StoreDirectory();
        var path = Path.Combine(directory.Path, "file");
        File.WriteAllText(path, "");
        var refused = Assert.Throws<StoreException>(() => SqliteStore.Open(path));
        Assert.Equal(StoreFailure.Failed, refused.Kind);
        Assert.Contains(path, refused.Message, StringComparison.Ordinal);
    }

    private static void AssertRefused(StoreFailure kind, StoreDirectory directory)
    {
        var refused = Assert.Throws<StoreException>(() => directory.Open());
        Assert.Equal(kind, refused.Kind);
        Assert.Contains(directory.Path, refused.Message, StringComparison.Ordinal);
    }

    private static void Execute(string file, string sql)
    {
        Batteries_V2.Init();
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_open(file, out var connection));
        using (connection)
        {
            Assert.Equal(raw.SQLITE_OK, raw.sqlite3_exec(connection, sql));
        }
    }
}
