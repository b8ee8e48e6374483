using Microsoft.Extensions.Time.Testing;
using Rondo.Core;
using Rondo.Executor.Hosting;
using Rondo.Storage;
using Record = Rondo.Core.Record;

namespace Rondo.Executor.Tests.Hosting;

public sealed class OldJobsTests
{
    [Fact]
    public async Task Jobs_WithARetentionOfTheirOwn_GoWhenItIsOverAndTheOthersStay()
    {
        var directory = Directory.CreateTempSubdirectory("rondo-test-").FullName;
        try
        {
            var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
            using var store = SqliteStore.Open(directory);
            Assert.Empty(store.Load().Jobs);
            foreach (
                var (number, retention) in new[] { (1, TimeSpan.FromHours(1)), (2, TimeSpan.FromHours(3)), (3, TimeSpan.FromDays(40)) }
            )
            {
                var id = new JobId(store.Id, number);
                var terms = new JobTerms
                {
                    Kind = JobKind.Command,
                    Summary = "true",
                    Retention = retention,
                };
                store.Commit([
                    new Record.Accepted(id, time.GetUtcNow(), terms, JobContent.Empty),
                    new Record.Finished(
                        id,
                        time.GetUtcNow(),
                        store.Id,
                        new Attempt(1),
                        0,
                        time.GetUtcNow(),
                        new Outcome { End = JobEnd.Succeeded }
                    ),
                ]);
            }

            store.Flush();
            await using var old = new OldJobs(store, TimeSpan.FromDays(30), long.MaxValue, time);
            old.Start();

            await UntilAsync(store, time, TimeSpan.FromHours(1), [2, 3]);
            await UntilAsync(store, time, TimeSpan.FromHours(3), [3]);

            // The executor's own setting is the bound.
            await UntilAsync(store, time, TimeSpan.FromDays(31), []);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>Lets the time go on, and waits for what is left.</summary>
    private static async Task UntilAsync(SqliteStore store, FakeTimeProvider time, TimeSpan later, long[] left)
    {
        Assert.NotEqual(left, Kept(store));
        time.Advance(later);
        await Whole.TestRing.UntilAsync(() =>
        {
            // Whenever it looks next.
            time.Advance(TimeSpan.FromSeconds(20));
            return Task.FromResult(Kept(store).SequenceEqual(left));
        });
    }

    private static long[] Kept(SqliteStore store) =>
        [.. store.Reader.ListFinished(long.MaxValue, 10).Select(job => job[0].Id.Number).Order()];
}
