using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Rondo.Core;

namespace Rondo.Executor.Handlers;

/// <summary>Runs jobs as .NET code in this process. Every <see cref="Start"/> is followed by exactly one <see cref="Input.RunEnded"/>.</summary>
/// <remarks>
/// Code cannot be killed. A handler that ignores its cancellation is given up after the grace: its job ends, and the log says that the
/// code goes on.
/// </remarks>
internal sealed partial class HandlerRunner(
    ExecutorId executor,
    HandlerTable handlers,
    Action<Input.RunEnded> ended,
    Action<Input.Progress> said,
    TimeProvider time,
    ILogger<HandlerRunner> logger
)
{
    private readonly ConcurrentDictionary<(JobId Id, Attempt Attempt), HandlerRun> _runs = new();
    private readonly TaskCompletionSource _none = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _takesNoMore;

    /// <summary>How long a handler has from its cancellation until it is given up.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The largest result, in bytes: a handler that returns more has failed.</summary>
    public int ResultMaxBytes { get; init; } = int.MaxValue;

    /// <summary>The names of the handlers, sorted.</summary>
    public IEnumerable<string> Names => handlers.Names;

    /// <summary>Starts an attempt and returns at once. A second start of the same attempt is ignored.</summary>
    /// <param name="timeLimit">How long it may take; null for as long as it likes. One that runs at once, in the loop, is not limited.</param>
    public void Start(JobId id, Attempt attempt, string? name, JobContent content, TimeLimit? timeLimit = null)
    {
        if (!handlers.TryGet(name, out var handler))
        {
            // The ring knows who has which handler, so this takes a build that lost one between two starts.
            ended(new Input.RunEnded(id, attempt, HandlerOutcome.Unknown(name), Interrupted: false));
            return;
        }

        switch (handler)
        {
            case Handler.Inline inline:
                ended(new Input.RunEnded(id, attempt, Returned(inline.Run(content.Input)), Interrupted: false));
                break;
            case Handler.Pooled pooled:
                Launch(new HandlerRun(id, attempt, timeLimit), pooled, content.Input);
                break;
            default:
                throw new UnreachableException();
        }
    }

    /// <summary>Cancels an attempt; it is given up after the grace. Nothing happens when it has ended or is not known here.</summary>
    public void Stop(JobId id, Attempt attempt)
    {
        if (_runs.TryGetValue((id, attempt), out var run))
        {
            Stop(run, StopReason.Cancel);
        }
    }

    /// <summary>Starts nothing more, lets what runs go on up to the limit, and cancels the rest as interrupted.</summary>
    /// <returns>Completed once every run has ended and was reported.</returns>
    public async Task ShutDownAsync(TimeSpan limit)
    {
        _takesNoMore = true;
        TellIfNone();
        try
        {
            await _none.Task.WaitAsync(limit, time);
        }
        catch (TimeoutException)
        {
            foreach (var run in _runs.Values)
            {
                Stop(run, StopReason.Interrupt);
            }

            await _none.Task;
        }
    }

    private void Launch(HandlerRun run, Handler.Pooled handler, ReadOnlyMemory<byte> payload)
    {
        if (!_runs.TryAdd((run.Id, run.Attempt), run))
        {
            return;
        }

        // After the run was added: a shut-down in between either sees the run or is seen here.
        if (_takesNoMore)
        {
            run.TryStop(StopReason.Interrupt);
            End(run, HandlerOutcome.Interrupted());
            run.Dispose();
            return;
        }

        var progress = new ProgressTold(run.Id, run.Attempt, said, time);
        var context = new JobContext
        {
            JobId = run.Id.ToString(),
            Attempt = run.Attempt.Value,
            Executor = executor.ToString(),
            Payload = payload,
            OnProgress = progress.Report,
            CancellationToken = run.CancellationToken,
        };
        if (run.TimeLimit is { } limit)
        {
            _ = StopWhenOutOfTimeAsync(run, limit);
        }

        _ = Task.Run(() => RunAsync(run, handler, context, progress));
    }

    private async Task RunAsync(HandlerRun run, Handler.Pooled handler, JobContext context, ProgressTold progress)
    {
        Outcome outcome;
        try
        {
            outcome = Returned(await handler.Run(context), context.ResultType);
        }
        catch (Exception error)
        {
            outcome = HandlerOutcome.Threw(error);
            if (!context.CancellationToken.IsCancellationRequested)
            {
                Threw(logger, handler.Name, run.Id, run.Attempt, error);
            }
        }

        progress.Dispose();
        if (!End(run, outcome))
        {
            EndedLate(logger, handler.Name, run.Id, run.Attempt);
        }

        run.Dispose();
    }

    private Outcome Returned(ReadOnlyMemory<byte> result, string? type = null) =>
        result.Length <= ResultMaxBytes
            ? HandlerOutcome.Returned(result, type)
            : HandlerOutcome.ReturnedTooMuch(result.Length, ResultMaxBytes);

    private void Stop(HandlerRun run, StopReason reason)
    {
        if (run.TryStop(reason))
        {
            _ = GiveUpAfterAsync(run, StopGrace);
        }
    }

    private async Task StopWhenOutOfTimeAsync(HandlerRun run, TimeLimit limit)
    {
        if (await run.LastsLongerThanAsync(limit.Timeout, time) && run.TryStop(StopReason.OutOfTime))
        {
            await GiveUpAfterAsync(run, limit.KillGrace);
        }
    }

    private async Task GiveUpAfterAsync(HandlerRun run, TimeSpan grace)
    {
        if (await run.LastsLongerThanAsync(grace, time) && End(run, HandlerOutcome.GivenUp(grace)))
        {
            GivenUp(logger, run.Id, run.Attempt, grace);
        }
    }

    private bool End(HandlerRun run, Outcome outcome)
    {
        if (!run.TryEnd())
        {
            return false;
        }

        var stopped = outcome.End == JobEnd.Succeeded ? null : run.StoppedFor;
        if (stopped is StopReason.OutOfTime)
        {
            outcome = HandlerOutcome.OutOfTime(outcome, run.TimeLimit!);
        }

        ended(new Input.RunEnded(run.Id, run.Attempt, outcome, stopped is StopReason.Interrupt));
        _runs.TryRemove((run.Id, run.Attempt), out _);
        TellIfNone();
        return true;
    }

    private void TellIfNone()
    {
        if (_takesNoMore && _runs.IsEmpty)
        {
            _none.TrySetResult();
        }
    }

    [LoggerMessage(5001, LogLevel.Information, "Handler {Handler} threw in job {Job}, attempt {Attempt}")]
    private static partial void Threw(ILogger logger, string handler, JobId job, Attempt attempt, Exception error);

    [LoggerMessage(
        5002,
        LogLevel.Warning,
        "The handler of job {Job}, attempt {Attempt}, was cancelled and has not returned for {Grace}: it is given up, though its code goes on"
    )]
    private static partial void GivenUp(ILogger logger, JobId job, Attempt attempt, TimeSpan grace);

    [LoggerMessage(5003, LogLevel.Warning, "Handler {Handler} of job {Job}, attempt {Attempt}, returned after it was given up")]
    private static partial void EndedLate(ILogger logger, string handler, JobId job, Attempt attempt);
}
