using Rondo.Core;
using Xunit;
using Record = Rondo.Core.Record;

namespace Rondo.Storage.Tests.Stores;

public sealed class CommitTests
{
    [Fact]
    public void Commit_BeforeAllWasLoaded_IsRefused()
    {
        using var directory = new StoreDirectory();
        using var store = directory.Open();
        Assert.Throws<InvalidOperationException>(() => store.Commit([new Record.Minted(1)]));
        var recovered = store.Load();
        Assert.Throws<InvalidOperationException>(() => store.Commit([new Record.Minted(1)]));
        Assert.Empty(recovered.Jobs);
        store.Commit([new Record.Minted(1)]);
    }

    public static TheoryData<string> Mistakes => [.. _mistakes.Keys];

    private static readonly Dictionary<string, Record> _mistakes = new()
    {
        ["a step of an unknown job"] = new Record.Started(Lives.Own(9), Samples.At, new Attempt(1)),
        ["a second result"] = Lives.Finished(Lives.Own(1)),
        ["a number given before"] = Lives.Accepted(2),
        ["a job of another home"] = Lives.Accepted(7) with { Id = Lives.Foreign(7) },
        ["holding an own job"] = Lives.Held(7) with { Id = Lives.Own(7) },
        ["dropping an own job"] = new Record.Dropped(Lives.Own(2), Samples.At),
        ["a step of a dropped job"] = new Record.Started(Lives.Foreign(1), Samples.At, new Attempt(1)),
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task Commit_OfAMistake_WritesNothingAndEndsTheStore(string mistake)
    {
        using var directory = new StoreDirectory();
        using (var store = directory.OpenLoaded())
        {
            store.Commit([
                Lives.Accepted(1),
                Lives.Accepted(2),
                Lives.Finished(Lives.Own(1)),
                Lives.Held(1),
                new Record.Dropped(Lives.Foreign(1), Samples.At),
            ]);
            Assert.Throws<InvalidOperationException>(() => store.Commit([Lives.Accepted(3), _mistakes[mistake]]));
            Assert.Throws<StoreException>(() => store.Commit([Lives.Accepted(4)]));
            Assert.Equal(StoreFailure.Failed, (await store.Failure.WaitAsync(TestContext.Current.CancellationToken)).Kind);
        }

        using var reopened = directory.OpenLoaded(out var jobs);
        Assert.Equal([Lives.Own(2)], jobs.Keys);
    }

    [Fact]
    public void Files_UnderManyCommits_AreUsedAgain()
    {
        using var directory = new StoreDirectory();
        using var store = directory.OpenLoaded(
            new StoreOptions
            {
                NewId = Samples.Self,
                JournalFileBytes = 1,
                WriteBehindBytes = 200_000,
                PendingMaxBytes = 1_000_000,
                CheckpointBytes = 200_000,
                LogMaxBytes = 1_000_000,
            }
        );
        var written = 0L;
        for (var n = 1; n <= 5_000; n += 10)
        {
            store.Commit([.. Enumerable.Range(n, 10).Select(i => Lives.Accepted(i, Lives.Content(10_000)))]);
            written += 10 * 10_000;
        }

        // Neither log holds all that was written: what is in the tables is released, and what waits for them is bounded.
        Assert.InRange(new FileInfo(directory.File + "-wal").Length, 0, written / 2);
        Assert.InRange(Directory.GetFiles(directory.Path, "journal.*").Sum(file => new FileInfo(file).Length), 0, 8L << 20);
    }
}
