using System.Collections.Concurrent;
using Rondo.Core;
using Rondo.Executor.Running;
using Rondo.Storage;

namespace Rondo.Executor.Tests.Running;

/// <summary>Between the start of a large job and the moment in which what it does is there.</summary>
public sealed class ContentFetchTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly JobId Id = JobId.Parse("a1-1");
    private static readonly JobContent Content = new(default, new byte[] { 1, 2, 3 });

    private readonly SemaphoreSlim _mayRead = new(0);
    private readonly ConcurrentQueue<Effect.Start> _launched = new();
    private readonly ConcurrentQueue<Input.RunEnded> _ended = new();

    public void Dispose() => _mayRead.Dispose();

    [Fact]
    public async Task Begin_StartsWithTheContent()
    {
        var fetch = Fetch(_ => Content);
        fetch.Begin(Start(1));
        await EndAsync(fetch);

        Assert.Same(Content, Assert.Single(_launched).Content);
        Assert.Empty(_ended);
        Assert.False(fetch.TryStop(Id, new Attempt(1)));
    }

    [Fact]
    public async Task TryStop_BeforeTheContentIsThere_EndsTheAttemptAndStartsNothing()
    {
        var fetch = Fetch(_ => Content);
        fetch.Begin(Start(1));

        Assert.False(fetch.TryStop(Id, new Attempt(2)));
        Assert.True(fetch.TryStop(Id, new Attempt(1)));
        await EndAsync(fetch);

        Assert.Empty(_launched);
        Assert.Equal(
            (new Attempt(1), JobEnd.Failed, false),
            Assert.Single(_ended) is var ended ? (ended.Attempt, ended.Outcome.End, ended.Interrupted) : default
        );
    }

    [Fact]
    public async Task Begin_OfWhatCannotBeRead_EndsWithWhatIsWrong()
    {
        var fetch = Fetch(_ => throw new StoreException(StoreFailure.Damaged, "a byte flipped"));
        fetch.Begin(Start(1));
        await EndAsync(fetch);

        Assert.Empty(_launched);
        Assert.Contains("a byte flipped", Assert.Single(_ended).Outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Begin_OfWhatFailsWithoutTheStore_EndsAllTheSame()
    {
        var fetch = Fetch(_ => throw new InvalidOperationException("no room"));
        fetch.Begin(Start(1));
        await EndAsync(fetch);

        Assert.Empty(_launched);
        Assert.Contains("no room", Assert.Single(_ended).Outcome.Error, StringComparison.Ordinal);
        Assert.False(fetch.TryStop(Id, new Attempt(1)));
    }

    [Fact]
    public async Task Begin_OfWhatCannotBeLaunched_EndsWithWhy()
    {
        var fetch = new ContentFetch(_ => Content, _ => throw new InvalidOperationException("no thread"), _ended.Enqueue);
        fetch.Begin(Start(1));
        await EndAsync(fetch);

        var ended = Assert.Single(_ended);
        Assert.Equal((new Attempt(1), JobEnd.Failed, false), (ended.Attempt, ended.Outcome.End, ended.Interrupted));
        Assert.Contains("no thread", ended.Outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Begin_AfterShutDown_IsInterrupted()
    {
        var fetch = Fetch(_ => Content);
        await EndAsync(fetch);

        fetch.Begin(Start(1));

        Assert.True(Assert.Single(_ended).Interrupted);
        Assert.Empty(_launched);
    }

    private ContentFetch Fetch(Func<JobId, JobContent?> read) =>
        new(
            id =>
            {
                _mayRead.Wait(Patience);
                return read(id);
            },
            _launched.Enqueue,
            _ended.Enqueue
        );

    private Task EndAsync(ContentFetch fetch)
    {
        _mayRead.Release();
        return fetch.ShutDownAsync().WaitAsync(Patience, TestContext.Current.CancellationToken);
    }

    private static Effect.Start Start(int attempt) =>
        new(Id, new Attempt(attempt), new JobTerms { Kind = JobKind.Command, Summary = "cat" }, new StoredContent(3));
}
