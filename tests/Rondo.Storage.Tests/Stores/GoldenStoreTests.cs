using Rondo.Core;
using SQLitePCL;
using Xunit;

namespace Rondo.Storage.Tests.Stores;

/// <summary>A store that an older version wrote must stay readable, and a changed table needs a new version.</summary>
/// <remarks>
/// The fixtures are <see cref="SqliteStore.Backup"/>s of a new store with <see cref="Lives.OneOfEach"/>, and what a crash left of one whose
/// records are in the journal alone; they never change. A new version of the tables or the journal gets fixtures of its own beside them.
/// </remarks>
public sealed class GoldenStoreTests
{
    private static readonly string _fixtures = Path.Combine(AppContext.BaseDirectory, "Fixtures");

    [Theory]
    [InlineData("store-v1.db")]
    [InlineData("store-v2.db")]
    [InlineData("crashed-v2.db", "crashed-v2.db-wal", "crashed-v2.journal")]
    public void OlderStore_Opened_HasAllThatWasWritten(string tables, string? log = null, string? journal = null)
    {
        using var directory = new StoreDirectory();
        File.Copy(Path.Combine(_fixtures, tables), directory.File);
        if (log is not null)
        {
            File.Copy(Path.Combine(_fixtures, log), directory.File + "-wal");
            File.Copy(Path.Combine(_fixtures, journal!), directory.Journal);
        }

        var model = new Model(Samples.Self);
        foreach (var record in Lives.OneOfEach())
        {
            model.Apply(record);
        }

        using var store = directory.OpenLoaded(out var jobs);
        Assert.Equal(Samples.Self, store.Id);
        Assert.Equal(
            Structure.Of(model.Unfinished.OrderBy(job => job.Key)),
            Structure.Of(jobs.Select(job => KeyValuePair.Create(job.Key, job.Value.ToList())).OrderBy(job => job.Key))
        );
        foreach (var (id, records) in model.Finished)
        {
            Assert.Equal(Structure.Of(records), Structure.Of(store.Reader.FindJob(id, whole: true)));
        }

        store.Commit([Lives.Accepted(10)]);
    }

    [Fact]
    public void Version3_Opened_HasItsCronsAndKeys()
    {
        using var directory = new StoreDirectory();
        File.Copy(Path.Combine(_fixtures, "store-v3.db"), directory.File);

        using var store = directory.Open();
        var recovered = store.Load();

        Assert.Equal(Structure.Of(Lives.Crons()), Structure.Of(recovered.Crons));
        Assert.True(recovered.HasKeys);
        Assert.Equal(new KeyedJob(Lives.Keyed.Id, 7), store.Reader.FindKey("order-7"));
        Assert.Null(store.Reader.FindKey("order-8"));
    }

    [Fact]
    public void Version4_Opened_DeletesWhatIsExpiredAndKnowsTheKeyOfADeletedJob()
    {
        using var directory = new StoreDirectory();
        File.Copy(Path.Combine(_fixtures, "store-v4.db"), directory.File);

        using var store = directory.OpenLoaded();

        Assert.Equal(new KeyedJob(Lives.Keyed.Id, 7), store.Reader.FindKey("order-7"));
        Assert.Null(store.Reader.FindJob(Lives.Keyed.Id));
        Assert.NotNull(store.Reader.FindJob(Lives.Kept.Id));
        Assert.Equal(1, store.DeleteExpired(Lives.Finished(Lives.Kept.Id).At + Lives.Kept.Terms.Retention!.Value, 10));
        Assert.Null(store.Reader.FindJob(Lives.Kept.Id));
    }

    [Fact]
    public void Tables_OfANewStore_AreThoseOfTheVersion()
    {
        using var directory = new StoreDirectory();
        directory.Open().Dispose();
        Assert.Equal(Tables(Path.Combine(_fixtures, "store-v4.db")), Tables(directory.File));
    }

    private static List<string> Tables(string file)
    {
        Batteries_V2.Init();
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_open_v2(file, out var connection, raw.SQLITE_OPEN_READONLY, null));
        using (connection)
        {
            raw.sqlite3_prepare_v2(connection, "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name", out var statement);
            using (statement)
            {
                var tables = new List<string>();
                while (raw.sqlite3_step(statement) == raw.SQLITE_ROW)
                {
                    tables.Add(raw.sqlite3_column_text(statement, 0).utf8_to_string());
                }

                Assert.NotEmpty(tables);
                return tables;
            }
        }
    }
}
