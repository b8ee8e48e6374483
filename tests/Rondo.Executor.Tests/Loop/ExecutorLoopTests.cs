using System.Collections.Concurrent;
using Rondo.Core;
using Rondo.Executor.Loop;
using Record = Rondo.Core.Record;

namespace Rondo.Executor.Tests.Loop;

/// <summary>The loop around a real core, with a store and an outside that a test looks into.</summary>
public sealed class ExecutorLoopTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly JobTerms Terms = new() { Kind = JobKind.Command, Summary = "true" };

    private readonly Inbox _inbox = new();
    private readonly ConcurrentQueue<Record> _committed = new();
    private readonly BlockingCollection<Effect> _released = [];
    private readonly TaskCompletionSource<Exception> _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _accepting = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _mayCommit = new(initialState: true);
    private readonly ExecutorLoop _loop;
    private volatile int _committer;
    private Exception? _commitError;

    public ExecutorLoopTests()
    {
        var clock = new LoopClock(TimeProvider.System);
        _loop = new ExecutorLoop(clock, _inbox, Commit, _released.Add, _failed.SetResult);
        var self = new Member
        {
            Id = ExecutorId.Parse("a1"),
            Incarnation = new Incarnation(1),
            Name = "a",
            RingAddress = "127.0.0.1:1",
            HttpAddress = "127.0.0.1:2",
            Capabilities = new Capabilities(true, EquatableList<string>.Empty),
        };
        _loop.Start(
            new ExecutorCore(
                new CoreSettings
                {
                    Self = self,
                    Slots = 1,
                    Join = ["127.0.0.1:9"],
                },
                Recovered.Nothing,
                clock.Now
            )
        );
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _mayCommit.Set();
        _loop.Stop();
        _released.Dispose();
        _mayCommit.Dispose();
    }

    [Fact]
    public async Task Submit_IdAndStart_ComeOnlyAfterTheCommit()
    {
        _mayCommit.Reset();
        var answer = Task.Run(SubmitAsync, Cancellation);
        await _accepting.Task.WaitAsync(Patience, Cancellation);
        Assert.False(answer.IsCompleted);
        Assert.DoesNotContain(_released, effect => effect is Effect.Start);

        _mayCommit.Set();

        var id = Assert.IsType<Answer.Submitted>(await answer.WaitAsync(Patience, Cancellation)).Id;
        Assert.Contains(_committed, record => record is Record.Accepted accepted && accepted.Id == id);
        Assert.Equal(id, Next<Effect.Start>().Id);
        Assert.Contains(_committed, record => record is Record.Started started && started.Id == id);
    }

    [Fact]
    public async Task Submit_NothingUnderWay_IsDurableAndAnsweredOnTheClientsThread()
    {
        var id = Assert.IsType<Answer.Submitted>(await SubmitOnOwnThreadAsync()).Id;

        Assert.Contains(_committed, record => record is Record.Accepted accepted && accepted.Id == id);
    }

    [Fact]
    public async Task Submit_WhileAClientCommits_TakesOthersInAndStops()
    {
        await SubmitOnOwnThreadAsync();
        _accepting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _mayCommit.Reset();
        var first = Task.Run(SubmitAsync, Cancellation);
        await _accepting.Task.WaitAsync(Patience, Cancellation);
        var second = SubmitAsync();
        Assert.False(second.IsCompleted);
        var stopping = Task.Run(_loop.Stop, Cancellation);

        _mayCommit.Set();

        await stopping.WaitAsync(Patience, Cancellation);
        Assert.IsType<Answer.Submitted>(await first.WaitAsync(Patience, Cancellation));
        Assert.IsType<Answer.Submitted>(await second.WaitAsync(Patience, Cancellation));
    }

    [Fact]
    public async Task Commit_Fails_NothingIsAnsweredOrStartedAndTheHostIsToldOnce()
    {
        await SubmitAsync();
        Next<Effect.Start>();
        _commitError = new IOException("no space left");

        var answer = SubmitAsync();

        Assert.Same(_commitError, await _failed.Task.WaitAsync(Patience, Cancellation));
        Assert.False(answer.IsCompleted);
        Assert.DoesNotContain(_released, effect => effect is Effect.Start);
    }

    [Fact]
    public async Task Watch_GivenUp_IsTakenBackAndTheJobGoesOn()
    {
        var id = Assert.IsType<Answer.Submitted>(await SubmitAsync()).Id;
        var started = Next<Effect.Start>();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var watch = _loop.AskAsync(request => new Input.Watch(request, id, null), patience.Token);

        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watch);

        var again = _loop.AskAsync(request => new Input.Watch(request, id, null), Cancellation);
        _inbox.Post(new Input.RunEnded(id, started.Attempt, new Outcome { End = JobEnd.Succeeded, ExitCode = 0 }, Interrupted: false));
        Assert.Equal(JobState.Succeeded, Assert.IsType<Answer.Job>(await again.WaitAsync(Patience, Cancellation)).View.State);
    }

    [Fact]
    public void Deadline_WithoutInputs_WakesTheLoop()
    {
        // Nobody is at the address to join: it is greeted again and again, by the clock alone.
        Next<Effect.Greet>();
        Next<Effect.Greet>();
    }

    [Fact]
    public async Task Stop_WithInputsWaiting_AnswersThemAndRefusesLaterOnes()
    {
        _mayCommit.Reset();
        var first = Task.Run(SubmitAsync, Cancellation);
        await _accepting.Task.WaitAsync(Patience, Cancellation);
        var answers = Enumerable.Range(0, 1000).Select(_ => SubmitAsync()).Prepend(first).ToArray();
        var stopping = Task.Run(_loop.Stop, Cancellation);
        _mayCommit.Set();
        await stopping.WaitAsync(Patience, Cancellation);

        var submitted = (await Task.WhenAll(answers).WaitAsync(Patience, Cancellation))
            .OfType<Answer.Submitted>()
            .Select(answer => answer.Id);
        var accepted = _committed.OfType<Record.Accepted>().Select(record => record.Id);
        Assert.Equal(accepted, submitted);
        Assert.Equal(Refusal.Draining, Assert.IsType<Answer.Refused>(await SubmitAsync()).Why);
    }

    /// <summary>Submits until nothing else is under way: then the caller commits, and has its answer at once.</summary>
    private async Task<Answer> SubmitOnOwnThreadAsync()
    {
        var limit = DateTime.UtcNow + Patience;
        while (DateTime.UtcNow < limit)
        {
            var answer = SubmitAsync();
            if (answer.IsCompleted && _committer == Environment.CurrentManagedThreadId)
            {
                return await answer;
            }

            await answer.WaitAsync(Patience, Cancellation);
        }

        throw new TimeoutException("somebody else always commits");
    }

    private Task<Answer> SubmitAsync() => _loop.AskAsync(request => new Input.Submit(request, Terms, JobContent.Empty), Cancellation);

    private T Next<T>()
        where T : Effect
    {
        while (_released.TryTake(out var effect, (int)Patience.TotalMilliseconds, Cancellation))
        {
            if (effect is T wanted)
            {
                return wanted;
            }
        }

        throw new TimeoutException($"no {typeof(T).Name}");
    }

    private void Commit(IReadOnlyList<Record> records)
    {
        if (records.Any(record => record is Record.Accepted))
        {
            _accepting.TrySetResult();
        }

        _committer = Environment.CurrentManagedThreadId;
        _mayCommit.Wait(Patience);
        if (_commitError is not null)
        {
            throw _commitError;
        }

        foreach (var record in records)
        {
            _committed.Enqueue(record);
        }
    }
}
