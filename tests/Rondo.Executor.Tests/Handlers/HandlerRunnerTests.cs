using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Rondo.Core;
using Rondo.Executor.Handlers;
using Rondo.Executor.Running.Streams;

namespace Rondo.Executor.Tests.Handlers;

/// <summary>.NET code as jobs: every start ends once, whatever the code does.</summary>
public sealed class HandlerRunnerTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly JobId Id = JobId.Parse("k7q2-1");
    private static readonly Attempt First = new(1);

    private readonly ConcurrentQueue<Input.RunEnded> _ends = new();
    private readonly ConcurrentQueue<Input.Progress> _said = new();
    private int _resultMaxBytes = 1 << 20;
    private TimeProvider _time = TimeProvider.System;
    private readonly TaskCompletionSource<Input.RunEnded> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public void Inline_HandlerEndsBeforeTheStartReturns()
    {
        Runner(Handler.Noop).Start(Id, First, "noop", Content("\"hi\""));

        var end = Assert.Single(_ends);
        Assert.Equal(JobEnd.Succeeded, end.Outcome.End);
        Assert.Equal("\"hi\""u8, end.Outcome.Output.Result.Span);
    }

    [Fact]
    public async Task Handler_IsToldOfItsJobAndGivesItsResult()
    {
        var runner = Runner(
            new Handler.Pooled(
                "tell",
                context => Task.FromResult<ReadOnlyMemory<byte>>(Encode($"{context.JobId} {context.Attempt} {context.Executor}"))
            )
        );

        runner.Start(Id, new Attempt(3), "tell", Content(""));

        Assert.Equal("k7q2-1 3 m3xd", System.Text.Encoding.UTF8.GetString((await End()).Outcome.Output.Result.Span));
    }

    [Theory]
    [InlineData(10, JobEnd.Succeeded)]
    [InlineData(11, JobEnd.Failed)]
    public async Task Result_AroundTheBound_IsKeptWholeOrNotAtAll(int size, JobEnd end)
    {
        _resultMaxBytes = 10;
        var runner = Runner(new Handler.Pooled("give", _ => Task.FromResult<ReadOnlyMemory<byte>>(new byte[size])));

        runner.Start(Id, First, "give", Content(""));

        var outcome = (await End()).Outcome;
        Assert.Equal((end, end == JobEnd.Succeeded ? size : 0), (outcome.End, outcome.Output.Result.Length));
        Assert.Equal(end == JobEnd.Succeeded, outcome.Error is null);
        Assert.Contains("returned 11 bytes", outcome.Error ?? "returned 11 bytes", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Progress_OfAHandlerThatReportsWithoutPause_IsTheFirstAndThenTheNewestAfterAPause()
    {
        var clock = new FakeTimeProvider();
        _time = clock;
        var said = new TaskCompletionSource();
        var goOn = new TaskCompletionSource();
        var runner = Runner(
            new Handler.Pooled(
                "count",
                async context =>
                {
                    for (var i = 0; i <= 90; i++)
                    {
                        context.ReportProgress(i, $"step {i}");
                    }

                    said.SetResult();
                    await goOn.Task;
                    context.ReportProgress(null, new string('x', 300));
                    return default;
                }
            )
        );

        runner.Start(Id, First, "count", Content(""));
        await said.Task.WaitAsync(Limit, TestContext.Current.CancellationToken);
        Assert.Equal([new Input.Progress(null, Id, First, 0, "step 0")], _said);

        clock.Advance(ProgressPipe.Pause);
        Assert.Equal(new Input.Progress(null, Id, First, 90, "step 90"), _said.Last());

        clock.Advance(ProgressPipe.Pause);
        goOn.SetResult();
        await End();
        Assert.Equal(new Input.Progress(null, Id, First, null, new string('x', JobProgress.TextMaxLength)), _said.Last());
        Assert.Equal(3, _said.Count);
    }

    [Fact]
    public async Task Progress_ThatIsNoProgress_IsRefusedInTheHandler()
    {
        var runner = Runner(
            new Handler.Pooled(
                "wrong",
                context =>
                {
                    Assert.Throws<ArgumentOutOfRangeException>(() => context.ReportProgress(101));
                    Assert.Throws<ArgumentOutOfRangeException>(() => context.ReportProgress(double.NaN));
                    Assert.Throws<ArgumentException>(() => context.ReportProgress(null));
                    return Task.FromResult(ReadOnlyMemory<byte>.Empty);
                }
            )
        );

        runner.Start(Id, First, "wrong", Content(""));

        Assert.Equal(JobEnd.Succeeded, (await End()).Outcome.End);
        Assert.Empty(_said);
    }

    [Fact]
    public async Task Handler_ThatThrows_FailsWithTypeMessageAndStack()
    {
        Runner(new Handler.Pooled("bad", _ => throw new InvalidDataException("no such picture"))).Start(Id, First, "bad", Content(""));

        var outcome = (await End()).Outcome;
        Assert.Equal((JobEnd.Failed, Reasons.HandlerError), (outcome.End, outcome.Reason));
        Assert.Equal("System.IO.InvalidDataException", outcome.Exception);
        Assert.StartsWith("System.IO.InvalidDataException: no such picture", outcome.Error, StringComparison.Ordinal);
        Assert.Contains(nameof(Handler_ThatThrows_FailsWithTypeMessageAndStack), outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handler_ThatNobodyHas_CannotStart()
    {
        Runner().Start(Id, First, "gone", Content(""));

        var outcome = (await End()).Outcome;
        Assert.Equal(Reasons.CannotStart, outcome.Reason);
        Assert.Contains("gone", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_CancelsAHandlerThatListens()
    {
        var runner = Runner(Obedient());
        runner.Start(Id, First, "wait", Content(""));

        runner.Stop(Id, First);

        var end = await End();
        Assert.Equal(JobEnd.Failed, end.Outcome.End);
        Assert.False(end.Interrupted);
    }

    [Fact]
    public async Task Handler_BeyondItsTime_IsCancelledAndFailsAsTimeout()
    {
        var limit = new TimeLimit(TimeSpan.FromMilliseconds(50), Limit);
        Runner(Obedient()).Start(Id, First, "wait", Content(""), limit);

        var end = await End();
        Assert.Equal((JobEnd.Failed, Reasons.Timeout), (end.Outcome.End, end.Outcome.Reason));
        Assert.Equal("it took longer than 50ms and was cancelled", end.Outcome.Error);
        Assert.False(end.Interrupted);
    }

    [Fact]
    public async Task Stop_OfAHandlerThatDoesNotListen_GivesItUpAfterTheGraceAndTellsItsEndOnce()
    {
        var gate = new TaskCompletionSource();
        var returned = new TaskCompletionSource();
        var deaf = new Handler.Pooled(
            "deaf",
            async _ =>
            {
                await gate.Task;
                returned.SetResult();
                return default;
            }
        );
        var runner = Runner(TimeSpan.Zero, deaf);
        runner.Start(Id, First, "deaf", Content(""));

        runner.Stop(Id, First);

        Assert.Contains("did not return", (await End()).Outcome.Error, StringComparison.Ordinal);
        gate.SetResult();
        await returned.Task.WaitAsync(Limit, TestContext.Current.CancellationToken);
        await runner.ShutDownAsync(Limit);
        Assert.Single(_ends);
    }

    [Fact]
    public async Task ShutDown_InterruptsWhatDoesNotEndInTimeAndStartsNothingMore()
    {
        var runner = Runner(Obedient());
        runner.Start(Id, First, "wait", Content(""));

        await runner.ShutDownAsync(TimeSpan.Zero);
        runner.Start(new JobId(Id.Home, 2), First, "wait", Content(""));

        Assert.Equal([true, true], _ends.Select(end => end.Interrupted));
    }

    [Fact]
    public async Task ShutDown_WaitsForWhatEndsByItself()
    {
        var gate = new TaskCompletionSource<ReadOnlyMemory<byte>>(TaskCreationOptions.RunContinuationsAsynchronously);
        var runner = Runner(new Handler.Pooled("slow", _ => gate.Task));
        runner.Start(Id, First, "slow", Content(""));

        var shutDown = runner.ShutDownAsync(Limit);
        Assert.False(shutDown.IsCompleted);
        gate.SetResult(Encode("done"));
        await shutDown;

        var end = Assert.Single(_ends);
        Assert.False(end.Interrupted);
        Assert.Equal(JobEnd.Succeeded, end.Outcome.End);
    }

    private static Handler.Pooled Obedient() =>
        new(
            "wait",
            async context =>
            {
                await Task.Delay(Timeout.Infinite, context.CancellationToken);
                return default;
            }
        );

    private static byte[] Encode(string text) => System.Text.Encoding.UTF8.GetBytes(text);

    private static JobContent Content(string payload) => new(default, Encode(payload));

    private HandlerRunner Runner(params Handler[] handlers) => Runner(TimeSpan.FromSeconds(5), handlers);

    private HandlerRunner Runner(TimeSpan grace, params Handler[] handlers) =>
        new(ExecutorId.Parse("m3xd"), new HandlerTable(handlers), OnEnded, _said.Enqueue, _time, NullLogger<HandlerRunner>.Instance)
        {
            StopGrace = grace,
            ResultMaxBytes = _resultMaxBytes,
        };

    private void OnEnded(Input.RunEnded end)
    {
        _ends.Enqueue(end);
        _end.TrySetResult(end);
    }

    private Task<Input.RunEnded> End() => _end.Task.WaitAsync(Limit, TestContext.Current.CancellationToken);
}
