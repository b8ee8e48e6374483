using System.Collections.Concurrent;
using Rondo.Core;
using Rondo.Executor.Loop;
using Record = Rondo.Core.Record;

namespace Rondo.Executor.Tests.Loop;

/// <summary>Durable first, then visible; in order.</summary>
public sealed class CommitStageTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly ConcurrentQueue<string> _log = new();
    private readonly SemaphoreSlim _mayCommit = new(0);
    private readonly SemaphoreSlim _committing = new(0);

    public void Dispose()
    {
        _mayCommit.Dispose();
        _committing.Dispose();
    }

    [Fact]
    public async Task Effects_OfBatchesWithAndWithoutRecords_WaitForTheCommitsBeforeThem()
    {
        var stage = new CommitStage(Commit, Release, error => _log.Enqueue($"failed: {error.Message}"));
        stage.Start();
        Add(stage, "a", epoch: 1);
        await _committing.WaitAsync(Patience, TestContext.Current.CancellationToken);

        Add(stage, "b", epoch: null);
        Add(stage, "c", epoch: 2);
        Add(stage, "d", epoch: 3);
        Assert.Empty(_log);
        _mayCommit.Release(2);
        stage.Complete();

        Assert.Equal(["commit 1", "a", "commit 2,3", "b", "c", "d"], _log);
    }

    [Fact]
    public void Effects_WithoutRecordsAndNothingInFlight_AreOutBeforeAddReturns()
    {
        var stage = new CommitStage(Commit, Release, error => _log.Enqueue($"failed: {error.Message}"));

        Add(stage, "a", epoch: null);

        Assert.Equal(["a"], _log);
    }

    [Fact]
    public void Commit_ByTheCaller_TakesWhatNobodyWaitsForWithIt()
    {
        var stage = new CommitStage(Commit, Release, error => _log.Enqueue($"failed: {error.Message}"));
        Assert.False(stage.Add(Output(null, epoch: 1), mayCommit: true));
        Assert.True(stage.IsIdle);

        Assert.True(stage.Add(Output("a", epoch: 2), mayCommit: true));
        Assert.False(stage.Add(Output("b", epoch: 3), mayCommit: true));
        Assert.False(stage.IsIdle);
        _mayCommit.Release(2);
        stage.Commit();
        Assert.Equal(["commit 1,2", "a"], _log);

        stage.Start();
        stage.Complete();
        Assert.Equal(["commit 1,2", "a", "commit 3", "b"], _log);
    }

    [Fact]
    public async Task Commit_OfWhatNobodyWaitsFor_ComesByItself()
    {
        var stage = new CommitStage(Commit, Release, error => _log.Enqueue($"failed: {error.Message}"));
        stage.Start();
        stage.Add(Output(null, epoch: 1));

        Assert.True(await _committing.WaitAsync(Patience, TestContext.Current.CancellationToken));
        _mayCommit.Release();
        stage.Complete();

        Assert.Equal(["commit 1"], _log);
    }

    [Fact]
    public async Task Commit_Fails_NoEffectGoesOutAnyMoreAndTheLoopIsTold()
    {
        var failed = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
        var stage = new CommitStage(_ => throw new IOException("disk full"), Release, failed.SetResult);
        stage.Start();

        Add(stage, "a", epoch: 1);
        var error = await failed.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);
        stage.Add(Output("b", epoch: null));

        Assert.Equal("disk full", error.Message);
        Assert.Null(stage.Rent());
        Assert.Empty(_log);
        stage.Complete();
    }

    [Fact]
    public void Commit_OfLargeContents_TakesAFewAtATimeAndClientsWaitMeanwhile()
    {
        var commits = new List<int>();
        var stage = new CommitStage(records => commits.Add(records.Count), Release, error => _log.Enqueue($"failed: {error.Message}"));
        for (var i = 1; i <= 10; i++)
        {
            Assert.Equal(i > 8, stage.IsFullOfBytes);
            Assert.False(stage.Add(Large($"{i}", i)));
        }

        Assert.True(stage.IsFull);
        stage.Start();
        stage.Complete();

        Assert.Equal([2, 2, 2, 2, 2], commits);
        Assert.Equal(Enumerable.Range(1, 10).Select(i => $"{i}"), _log);
        Assert.False(stage.IsFull);
    }

    [Fact]
    public async Task Rent_ManyInFlight_WaitsForACommit()
    {
        var stage = new CommitStage(Commit, Release, _ => { });
        stage.Start();
        for (var i = 1; i <= CommitStage.MaxInFlight; i++)
        {
            Add(stage, "x", epoch: i);
        }

        var rented = Task.Run(stage.Rent, TestContext.Current.CancellationToken);
        await _committing.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.False(rented.IsCompleted);
        _mayCommit.Release(2);

        Assert.NotNull(await rented.WaitAsync(Patience, TestContext.Current.CancellationToken));
        stage.Complete();
    }

    private static void Add(CommitStage stage, string effect, long? epoch)
    {
        var output = stage.Rent()!;
        Assert.Empty(output.Effects);
        var made = Output(effect, epoch);
        output.Records.AddRange(made.Records);
        output.Effects.AddRange(made.Effects);
        stage.Add(output);
    }

    private static StepOutput Output(string? effect, long? epoch)
    {
        var output = new StepOutput();
        if (epoch is { } minted)
        {
            output.Records.Add(new Record.Minted(minted));
        }

        if (effect is not null)
        {
            output.Effects.Add(new Effect.Reply(default, new Answer.Refused(Refusal.Full, effect)));
        }

        return output;
    }

    private static StepOutput Large(string effect, int number)
    {
        var output = Output(effect, epoch: null);
        var terms = new JobTerms { Kind = JobKind.Command, Summary = "true" };
        var content = new JobContent(default, new byte[CommitStage.FullBytes / 8]);
        output.Records.Add(new Record.Accepted(new JobId(ExecutorId.Parse("a1"), number), default, terms, content));
        return output;
    }

    private void Commit(IReadOnlyList<Record> records)
    {
        _committing.Release();
        _mayCommit.Wait(Patience);
        _log.Enqueue("commit " + string.Join(',', records.Cast<Record.Minted>().Select(record => record.Epoch)));
    }

    private void Release(List<Effect> effects)
    {
        foreach (var effect in effects.Cast<Effect.Reply>())
        {
            _log.Enqueue(((Answer.Refused)effect.Answer).Message);
        }
    }
}
