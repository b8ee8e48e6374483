using Rondo.Core;

namespace Rondo.Executor.Handlers;

/// <summary>One attempt of a job that a handler runs, from its start until its end was told, which happens once.</summary>
internal sealed class HandlerRun(JobId id, Attempt attempt, TimeLimit? timeLimit = null) : IDisposable
{
    // The most that a timer takes.
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _cancellation = new();
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isDisposed;

    public JobId Id { get; } = id;

    public Attempt Attempt { get; } = attempt;

    /// <summary>How long it may take; null for as long as it likes.</summary>
    public TimeLimit? TimeLimit { get; } = timeLimit;

    /// <summary>Told to the handler.</summary>
    public CancellationToken CancellationToken => _cancellation.Token;

    /// <summary>Why it was first asked to end; null when it was not.</summary>
    public StopReason? StoppedFor { get; private set; }

    /// <summary>True for the one caller that may tell how it ended.</summary>
    public bool TryEnd() => _over.TrySetResult();

    /// <summary>True when it has not ended by then.</summary>
    public async Task<bool> LastsLongerThanAsync(TimeSpan limit, TimeProvider time)
    {
        for (var left = limit; ; left -= LongestWait)
        {
            try
            {
                await _over.Task.WaitAsync(left < LongestWait ? left : LongestWait, time);
                return false;
            }
            catch (TimeoutException)
            {
                if (left <= LongestWait)
                {
                    return true;
                }
            }
        }
    }

    /// <summary>Asks the handler to end; true the first time.</summary>
    public bool TryStop(StopReason reason)
    {
        lock (_gate)
        {
            if (StoppedFor is not null || _isDisposed)
            {
                return false;
            }

            StoppedFor = reason;

            // What a handler registered runs on the pool: the caller has others to serve.
            _ = _cancellation.CancelAsync();
            return true;
        }
    }

    /// <summary>The handler has returned.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _cancellation.Dispose();
        }
    }
}
