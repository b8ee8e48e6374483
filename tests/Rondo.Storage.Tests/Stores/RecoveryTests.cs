using Xunit;
using Record = Rondo.Core.Record;

namespace Rondo.Storage.Tests.Stores;

public sealed class RecoveryTests
{
    [Fact]
    public void Reopened_WithAJobInEachState_RecoversThem()
    {
        using var directory = new StoreDirectory();
        var model = new Model(Samples.Self);
        Commit(directory, model, Lives.OneOfEach());
        using var store = directory.Open();
        AssertRecovers(model, store);
        AssertReads(model, store);
    }

    [Fact]
    public void Reopened_Empty_RecoversNothing()
    {
        using var directory = new StoreDirectory();
        directory.Open().Dispose();
        using var store = directory.Open();
        AssertRecovers(new Model(Samples.Self), store);
    }

    [Fact]
    public void Reopened_AtRandomMoments_RecoversWhatWasCommitted()
    {
        const int seed = 4711;
        var random = new Random(seed);
        using var directory = new StoreDirectory();
        var model = new Model(Samples.Self);
        var jobs = new RandomJobs(random);
        for (var start = 0; start < 20; start++)
        {
            using var store = directory.Open();
            AssertRecovers(model, store);
            for (var commits = random.Next(10); commits > 0; commits--)
            {
                Commit(store, model, [.. Enumerable.Range(0, random.Next(1, 30)).Select(_ => jobs.Next())]);
            }

            AssertReads(model, store);
        }
    }

    [Fact]
    public void Held_ByTheThousandOverManyStarts_KeepTheirRecordsApart()
    {
        using var directory = new StoreDirectory();
        var model = new Model(Samples.Self);
        for (var start = 0; start < 8; start++)
        {
            using var store = directory.Open();
            AssertRecovers(model, store);
            var held = Enumerable.Range(start * 500, 500).Select(n => (Record)Lives.Held(n + 1)).ToArray();
            Commit(store, model, held);

            // The newest are dropped too, so that the lowest key is free at the next start.
            Commit(
                store,
                model,
                [.. held.Where((_, i) => i % 3 == 0 || i > 450).Select(r => new Record.Dropped(((Record.Held)r).Id, Samples.At))]
            );
        }

        using var last = directory.Open();
        AssertRecovers(model, last);
        AssertReads(model, last);
    }

    [Fact]
    public void LastNumber_AfterEverythingWasDeleted_StaysAsItWas()
    {
        using var directory = new StoreDirectory();
        using (var store = directory.OpenLoaded())
        {
            store.Commit([Lives.Accepted(1), Lives.Accepted(2), Lives.Finished(Lives.Own(1)), Lives.Finished(Lives.Own(2))]);
            store.Flush();
            Assert.Equal(2, store.DeleteFinishedBefore(DateTimeOffset.MaxValue, 10));
        }

        using var reopened = directory.Open();
        Assert.Equal(2, reopened.Load().LastNumber);
    }

    private static void Commit(StoreDirectory directory, Model model, IReadOnlyList<Record> records)
    {
        using var store = directory.OpenLoaded();
        Commit(store, model, records);
    }

    private static void Commit(SqliteStore store, Model model, IReadOnlyList<Record> records)
    {
        store.Commit(records);
        foreach (var record in records)
        {
            model.Apply(record);
        }
    }

    private static void AssertRecovers(Model model, SqliteStore store)
    {
        var recovered = store.Load();
        Assert.Equal(model.MintedEpoch, recovered.MintedEpoch);
        Assert.Equal(model.LastNumber, recovered.LastNumber);
        Assert.Equal(Structure.Of(model.Members.Values), Structure.Of(recovered.Members));
        var jobs = recovered.Jobs.ToArray();
        Assert.Equal(
            Structure.Of(model.Unfinished.Values.OrderBy(records => records[0].Id)),
            Structure.Of(jobs.OrderBy(records => records[0].Id))
        );
        Assert.Equal(
            jobs.Where(job => job[0].Id.Home == Samples.Self).Select(job => job[0].Id).Order(),
            jobs.TakeWhile(job => job[0].Id.Home == Samples.Self).Select(job => job[0].Id)
        );
    }

    private static void AssertReads(Model model, SqliteStore store)
    {
        foreach (var (id, records) in model.Unfinished.Concat(model.Finished))
        {
            Assert.Equal(Structure.Of(records), Structure.Of(store.Reader.FindJob(id, whole: true)));
        }

        Assert.Equal(
            model.Finished.Keys.OrderDescending(),
            store.Reader.ListFinished(long.MaxValue, int.MaxValue).Select(records => records[0].Id)
        );
    }
}
