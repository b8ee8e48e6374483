using Microsoft.AspNetCore.Http;
using Rondo.Core;
using Rondo.Executor.Http.Groups;
using Rondo.Executor.Http.Jobs;
using Rondo.Executor.Tests.Embedded;
using Rondo.Executor.Tests.Whole;
using Rondo.Storage;

namespace Rondo.Executor.Tests.Http;

/// <summary>The results of a group of which another home tells some.</summary>
public sealed class GroupMergeTests : IDisposable
{
    private const string Line = """{"id":"m3xd-7","job":{}}""" + "\n";

    private readonly string _directory = Directory.CreateTempSubdirectory("rondo-merge-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Results_OfAHomeThatTellsAll_AreAll()
    {
        var lines = await ReadAsync(context => context.Response.WriteAsync(Line));

        Assert.Equal(JobId.Parse("m3xd-7"), Assert.Single(lines));
    }

    [Fact]
    public Task Results_OfAHomeThatBreaksOff_FailInsteadOfLookingComplete() =>
        Assert.ThrowsAnyAsync<IOException>(() =>
            ReadAsync(async context =>
            {
                await context.Response.WriteAsync(Line);
                await context.Response.Body.FlushAsync();
                context.Abort();
            })
        );

    [Fact]
    public Task Results_OfAHomeThatRefuses_FailInsteadOfLookingComplete() =>
        Assert.ThrowsAsync<HttpRequestException>(() =>
            ReadAsync(context =>
            {
                context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                return Task.CompletedTask;
            })
        );

    [Fact]
    public async Task Results_OfAHomeThatWasRemovedAndCameBack_AreFollowedAgain()
    {
        var line = Line;
        await using var executor = await LoopWithPeer.StartAsync(context => context.Response.WriteAsync(Volatile.Read(ref line)));
        using var store = SqliteStore.Open(_directory);
        using var merge = Merge(executor, store, follow: true);
        await merge.StartAsync();
        await using var lines = merge.LinesAsync().GetAsyncEnumerator(Cancellation);
        Assert.True(await lines.MoveNextAsync());
        Assert.Equal(JobId.Parse("m3xd-7"), lines.Current.Id);

        await executor.RemovePeerAsync();
        await TestRing.UntilAsync(() => Task.FromResult(!merge.Homes.Contains(LoopWithPeer.Peer)));
        Volatile.Write(ref line, """{"id":"m3xd-8","job":{}}""" + "\n");
        executor.ReturnPeer();

        Assert.True(await lines.MoveNextAsync().AsTask().WaitAsync(TestApp.Limit, Cancellation));
        Assert.Equal(JobId.Parse("m3xd-8"), lines.Current.Id);
    }

    private async Task<List<JobId>> ReadAsync(RequestDelegate answer)
    {
        await using var executor = await LoopWithPeer.StartAsync(answer);
        using var store = SqliteStore.Open(_directory);
        using var merge = Merge(executor, store, follow: false);
        Assert.Empty(await merge.StartAsync());
        return await merge.LinesAsync().Select(line => line.Id).ToListAsync(Cancellation);
    }

    private static GroupMerge Merge(LoopWithPeer executor, SqliteStore store, bool follow)
    {
        var jobs = new HomeJobs(executor.Loop, store.Reader, LoopWithPeer.Self);
        var own = new GroupJobs(executor.Loop, store.Reader, jobs, LoopWithPeer.Self, new Incarnation(1));
        return new GroupMerge("g", follow, own, executor.Ring, executor.Forwarder, LoopWithPeer.Self, Cancellation);
    }
}
