using Rondo.Core;
using Xunit;
using Record = Rondo.Core.Record;

namespace Rondo.Storage.Tests.Stores;

public sealed class RetentionTests
{
    [Fact]
    public void DeleteFinishedBeyond_ASize_DeletesTheOldestUntilTheTablesAreSmaller()
    {
        using var directory = new StoreDirectory();
        using var store = directory.OpenLoaded();
        var big = new JobOutput(new byte[100_000], default);
        for (var n = 1; n <= 50; n++)
        {
            store.Commit([Lives.Accepted(n), Lives.Finished(Lives.Own(n), output: big)]);
        }

        store.Flush();
        const long bound = 2_000_000;
        Assert.Equal(0, store.DeleteFinishedBeyond(100_000_000, 3));
        var steps = 0;
        while (store.DeleteFinishedBeyond(bound, 3) == 3)
        {
            steps++;
        }

        // About thirty have to go, and the newest stay.
        Assert.InRange(steps, 9, 13);
        Assert.Null(store.Reader.FindJob(Lives.Own(20)));
        Assert.Equal(50 - (3 * steps), store.Reader.ListFinished(long.MaxValue, 100).Count);
        Assert.Equal(big.Size, store.Reader.ReadOutput(Lives.Own(50))!.Size);
    }

    [Fact]
    public void DeleteExpired_AfterARestart_DeletesEachJobAfterItsOwnTimeAndKeepsItsKeyForADay()
    {
        using var directory = new StoreDirectory();
        using (var first = directory.OpenLoaded())
        {
            for (var n = 1; n <= 4; n++)
            {
                var accepted = Lives.Accepted(n);
                var terms = accepted.Terms with
                {
                    Retention = n == 4 ? null : TimeSpan.FromMinutes(n),
                    IdempotencyKey = $"key-{n}",
                    Digest = (ulong)n,
                };
                first.Commit([accepted with { Terms = terms }, Lives.Finished(Lives.Own(n)) with { At = Samples.At }]);
            }

            // One that has not ended is not deleted, however short it is to be kept.
            var unfinished = Lives.Accepted(5);
            first.Commit([unfinished with { Terms = unfinished.Terms with { Retention = TimeSpan.FromSeconds(1) } }]);
        }

        using var store = directory.OpenLoaded();
        Assert.Equal(0, store.DeleteExpired(Samples.At.AddSeconds(59), 10));
        Assert.Equal(1, store.DeleteExpired(Samples.At.AddSeconds(61), 10));
        Assert.Equal(1, store.DeleteExpired(Samples.At.AddMinutes(60), 1));
        Assert.Equal(1, store.DeleteExpired(Samples.At.AddMinutes(60), 1));
        Assert.Equal(0, store.DeleteExpired(Samples.At.AddHours(23), 10));
        Assert.Equal([4L], store.Reader.ListFinished(long.MaxValue, 10).Select(job => job[0].Id.Number));
        Assert.NotNull(store.Reader.FindJob(Lives.Own(5)));
        Assert.Equal(new KeyedJob(Lives.Own(2), 2), store.Reader.FindKey("key-2"));
        Assert.Equal(new KeyedJob(Lives.Own(4), 4), store.Reader.FindKey("key-4"));

        Assert.Equal(3, store.DeleteExpired(Samples.At + SqliteStore.KeyLife, 10));
        Assert.Null(store.Reader.FindKey("key-2"));
        Assert.Equal(new KeyedJob(Lives.Own(4), 4), store.Reader.FindKey("key-4"));
    }

    [Fact]
    public void DeleteFinishedBefore_InSteps_DeletesTheOldestOnly()
    {
        using var directory = new StoreDirectory();
        using var store = directory.OpenLoaded();
        var big = new JobOutput(new byte[10_000], default);
        store.Commit([.. Enumerable.Range(1, 20).Select(n => Lives.Accepted(n, Lives.Content(9_000)))]);
        store.Commit([.. Enumerable.Range(2, 19).Select(n => (Record)Lives.Finished(Lives.Own(n), output: big))]);
        store.Flush();

        // Number 1 has not finished; 2 to 10 finished before the time.
        var time = Lives.Finished(Lives.Own(11)).At;
        Assert.Equal(4, store.DeleteFinishedBefore(time, 4));
        Assert.Null(store.Reader.FindJob(Lives.Own(2)));
        Assert.NotNull(store.Reader.FindJob(Lives.Own(6)));
        Assert.Equal(5, store.DeleteFinishedBefore(time, 100));
        Assert.Equal(0, store.DeleteFinishedBefore(time, 100));
        Assert.Equal(
            Enumerable.Range(11, 10).Reverse(),
            store.Reader.ListFinished(long.MaxValue, 100).Select(job => (int)job[0].Id.Number)
        );
        Assert.NotNull(store.Reader.FindJob(Lives.Own(1)));
        Assert.Equal(big.Size, store.Reader.ReadOutput(Lives.Own(11))!.Size);
    }
}
