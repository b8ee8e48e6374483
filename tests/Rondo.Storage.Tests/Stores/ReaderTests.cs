using Rondo.Core;
using Rondo.Wire;
using Xunit;
using Record = Rondo.Core.Record;

namespace Rondo.Storage.Tests.Stores;

public sealed class ReaderTests
{
    [Fact]
    public void FindJob_Unknown_IsNull()
    {
        using var directory = new StoreDirectory();
        using var store = directory.OpenLoaded();
        Assert.Null(store.Reader.FindJob(Lives.Own(1)));
        Assert.Null(store.Reader.FindJob(Lives.Own(long.MaxValue)));
        Assert.Null(store.Reader.FindJob(Lives.Foreign(1)));
        Assert.Null(store.Reader.ReadContent(Lives.Own(1)));
        Assert.Null(store.Reader.ReadOutput(Lives.Own(1)));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(4_096)]
    [InlineData(5_000_000)]
    public void LargeParts_AreReadOnlyWhenAskedFor(int bytes)
    {
        using var directory = new StoreDirectory();
        using var store = directory.OpenLoaded();
        var content = Lives.Content(bytes);
        var output = new JobOutput(Lives.Content(bytes, 8).Input, new byte[5], 1, 2);
        store.Commit([Lives.Accepted(1, content), Lives.Finished(Lives.Own(1), output: output), Lives.Held(1, content: content)]);

        Assert.Equal(Structure.Of(content), Structure.Of(store.Reader.ReadContent(Lives.Own(1))));
        Assert.Equal(Structure.Of(content), Structure.Of(store.Reader.ReadContent(Lives.Foreign(1))));
        Assert.Equal(Structure.Of(output), Structure.Of(store.Reader.ReadOutput(Lives.Own(1))));
        var found = store.Reader.FindJob(Lives.Own(1))!;
        var inline = bytes < StoreDirectory.Options.InlineMaxBytes - 10;
        Assert.Equal(inline ? content.Size : 0, ((Record.Accepted)found[0]).Content.Size);
        Assert.Equal(inline ? output.Size : 0, ((Record.Finished)found[1]).Outcome.Output.Size);
        Assert.Equal(Structure.Of(Samples.Terms with { Name = null, Group = null }), Structure.Of(((Record.Accepted)found[0]).Terms));
    }

    [Theory]
    [InlineData(70_000)]
    [InlineData(5_000_000)]
    public void LargeParts_InTheTables_AreAsTheyWereWrittenAndAreNamedAtAStart(int bytes)
    {
        using var directory = new StoreDirectory();
        var content = Lives.Content(bytes);
        var output = new JobOutput(Lives.Content(bytes, 8).Input, new byte[5], 1, 2);
        using (var first = directory.OpenLoaded())
        {
            first.Commit([Lives.Accepted(1, content), Lives.Held(1, content: content), Lives.Held(2)]);
            first.Flush();
            first.Commit([Lives.Finished(Lives.Foreign(1), output: output)]);
            first.Flush();
            Assert.Equal(Structure.Of(content), Structure.Of(first.Reader.ReadContent(Lives.Own(1))));
            Assert.Equal(Structure.Of(output), Structure.Of(first.Reader.ReadOutput(Lives.Foreign(1))));
        }

        using var store = directory.OpenLoaded(out var jobs, StoreDirectory.Options with { LoadMaxBytes = 64 << 10 });
        Assert.Equal(new StoredContent(content.Size), ((Record.Accepted)jobs[Lives.Own(1)][0]).Content);
        Assert.Equal(new StoredOutput(output.Size), ((Record.Finished)jobs[Lives.Foreign(1)][^1]).Outcome.Output);
        Assert.IsNotType<StoredContent>(((Record.Held)jobs[Lives.Foreign(2)][0]).Content);
        Assert.Equal(Structure.Of(content), Structure.Of(store.Reader.ReadContent(Lives.Own(1))));
        Assert.Equal(Structure.Of(output), Structure.Of(store.Reader.ReadOutput(Lives.Foreign(1))));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void LargeOutput_ReadInPieces_IsAsItWasWritten(bool isInTheTables)
    {
        using var directory = new StoreDirectory();
        using var store = directory.OpenLoaded();
        var output = new JobOutput(Lives.Content(3_000_001, 8).Input, Lives.Content(100_000, 9).Input, 7, 8, "text/plain");
        store.Commit([Lives.Accepted(1), Lives.Finished(Lives.Own(1), output: output), Lives.Accepted(2), Lives.Finished(Lives.Own(2))]);
        if (isInTheTables)
        {
            store.Flush();
        }

        var large = store.Reader.FindLargeOutput(Lives.Own(1), 100_000)!;

        Assert.Equal((output.Result.Length, output.Errors.Length), (large.ResultBytes, large.ErrorBytes));
        Assert.Equal((7, "text/plain"), (large.ResultBytesDropped, large.ResultType));
        var told = JobHistory.View(Samples.Self, store.Reader.FindJob(Lives.Own(1))!);
        Assert.Equal((7, 8), (told.ResultBytesDropped, told.ErrorBytesDropped));
        Assert.Equal(output.Result.ToArray(), ReadAll(large, errors: false));
        Assert.Equal(output.Errors.ToArray(), ReadAll(large, errors: true));
        Assert.Null(store.Reader.FindLargeOutput(Lives.Own(1), 10_000_000));
        Assert.Null(store.Reader.FindLargeOutput(Lives.Own(2), 100_000));
        Assert.Null(store.Reader.FindLargeOutput(Lives.Own(3), 100_000));
        Assert.Equal(1, store.DeleteFinishedBefore(DateTimeOffset.MaxValue, 1));
        Assert.Throws<StoreException>(() => large.Open());

        static byte[] ReadAll(LargeOutput large, bool errors)
        {
            using var all = new MemoryStream();
            using var reader = large.Open(errors);
            var piece = new byte[70_000];
            while (reader.Read((int)all.Length, piece) is > 0 and var read)
            {
                all.Write(piece, 0, read);
            }

            return all.ToArray();
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void LargeParts_OpenedOfJobsOfAllKinds_AreTheirEncodedContentsAndOutputs(bool isInTheTables)
    {
        using var directory = new StoreDirectory();
        using var store = directory.OpenLoaded();
        var content = Lives.Content(2_000_001, 7);
        var output = new JobOutput(Lives.Content(3_000_001, 8).Input, Lives.Content(100_000, 9).Input, 7, 8, "text/plain");
        store.Commit([
            new Record.Accepted(Lives.Own(1), Samples.At, Samples.Terms, content),
            Lives.Held(1, content: Lives.Content(10_000)),
            Lives.Held(1, 2, content),
            Lives.Finished(Lives.Foreign(1), output: output),
            Lives.Accepted(2),
        ]);
        if (isInTheTables)
        {
            store.Flush();
        }

        Assert.Equal(Structure.Of(content), Structure.Of(RecordCodec.DecodeContent(ReadAll(store.Reader.OpenContent(Lives.Own(1))))));
        Assert.Equal(Structure.Of(content), Structure.Of(RecordCodec.DecodeContent(ReadAll(store.Reader.OpenContent(Lives.Foreign(1))))));
        Assert.Equal(Structure.Of(output), Structure.Of(RecordCodec.DecodeOutput(ReadAll(store.Reader.OpenOutput(Lives.Foreign(1))))));
        Assert.Null(store.Reader.OpenOutput(Lives.Own(1)));
        Assert.Null(store.Reader.OpenContent(Lives.Own(2)));
        Assert.Null(store.Reader.OpenContent(Lives.Own(3)));

        static byte[] ReadAll(StoredPart? part)
        {
            var all = new byte[part!.Bytes];
            using var reader = part.Open();
            for (var at = 0; at < all.Length; at += 70_000)
            {
                reader.Read(at, all.AsSpan(at, Math.Min(70_000, all.Length - at)));
            }

            return all;
        }
    }

    [Fact]
    public void ReadOutput_OfAJobThatRuns_IsNull()
    {
        using var directory = new StoreDirectory();
        using var store = directory.OpenLoaded();
        store.Commit([Lives.Accepted(1), new Record.Started(Lives.Own(1), Samples.At, new Attempt(1))]);
        Assert.Null(store.Reader.ReadOutput(Lives.Own(1)));
        Assert.NotNull(store.Reader.ReadContent(Lives.Own(1)));
    }

    [Fact]
    public void FindJob_Dropped_IsNull()
    {
        using var directory = new StoreDirectory();
        using var store = directory.OpenLoaded();
        store.Commit([Lives.Held(1)]);
        Assert.NotNull(store.Reader.FindJob(Lives.Foreign(1)));
        store.Commit([new Record.Dropped(Lives.Foreign(1), Samples.At)]);
        Assert.Null(store.Reader.FindJob(Lives.Foreign(1)));
    }

    [Fact]
    public void ListFinished_WithFilters_GivesNewestFirst()
    {
        using var directory = new StoreDirectory();
        using var store = directory.OpenLoaded();
        var records = new List<Record>();
        for (var n = 1; n <= 30; n++)
        {
            records.Add(Lives.Accepted(n, name: n % 2 == 0 ? "even" : null, group: n % 5 == 0 ? "five" : "a\0b"));
        }

        for (var n = 1; n <= 28; n++)
        {
            records.Add(
                Lives.Finished(
                    Lives.Own(n),
                    n % 3 == 0 ? JobEnd.Failed
                        : n % 7 == 0 ? JobEnd.Cancelled
                        : JobEnd.Succeeded
                )
            );
        }

        store.Commit(records);
        Assert.Equal([28, 27, 26], List(store, long.MaxValue, 3));
        Assert.Equal([25, 24, 23], List(store, 26, 3));
        Assert.Empty(List(store, 1, 3));
        Assert.Equal([27, 24, 21], List(store, long.MaxValue, 3, JobEnd.Failed));
        Assert.Equal([28, 14, 7], List(store, long.MaxValue, 10, JobEnd.Cancelled));
        Assert.Equal([8, 5, 4, 2, 1], List(store, 10, 10, JobEnd.Succeeded));
        Assert.Equal([28, 26, 24], List(store, long.MaxValue, 3, name: "even"));
        Assert.Equal([24, 18, 12, 6], List(store, long.MaxValue, 10, JobEnd.Failed, "even"));
        Assert.Equal([20, 10], List(store, 25, 10, null, "even", "five"));
        Assert.Equal([28, 27], List(store, long.MaxValue, 2, group: "a\0b"));
        Assert.Empty(List(store, long.MaxValue, 10, name: "odd"));
    }

    [Fact]
    public async Task Reads_WhileCommitsGoOn_SeeWholeJobs()
    {
        const int jobs = 2_000;
        using var directory = new StoreDirectory();
        using var store = directory.OpenLoaded(
            new StoreOptions
            {
                NewId = Samples.Self,
                CheckpointBytes = 100_000,
                WriteBehindBytes = 5_000,
                PendingMaxBytes = 20_000,
            }
        );
        var committed = 0L;
        var readers = Enumerable
            .Range(0, 3)
            .Select(_ =>
                Task.Run(
                    () =>
                    {
                        var random = new Random(1);
                        while (Volatile.Read(ref committed) is var last && last < jobs)
                        {
                            if (last > 0)
                            {
                                var records = store.Reader.FindJob(Lives.Own(random.NextInt64(1, last + 1)));
                                Assert.Equal(3, records!.Count);
                            }
                        }
                    },
                    TestContext.Current.CancellationToken
                )
            )
            .ToArray();
        for (var n = 1; n <= jobs; n += 10)
        {
            var numbers = Enumerable.Range(n, 10).ToArray();
            store.Commit([.. numbers.Select(i => Lives.Accepted(i))]);
            store.Commit([.. numbers.Select(i => new Record.Started(Lives.Own(i), Samples.At, new Attempt(1)))]);
            store.Commit([.. numbers.Select(i => Lives.Finished(Lives.Own(i)))]);
            Volatile.Write(ref committed, n + 9);
        }

        await Task.WhenAll(readers).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    private static IEnumerable<long> List(
        SqliteStore store,
        long below,
        int limit,
        JobEnd? end = null,
        string? name = null,
        string? group = null
    ) => store.Reader.ListFinished(below, limit, end, name, group).Select(records => records[0].Id.Number);
}
