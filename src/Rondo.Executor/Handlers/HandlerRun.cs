using Rondo.Core;

namespace Rondo.Executor.Handlers;

/// <summary>One attempt of a job that a handler runs, from its start until its end was told, which happens once.</summary>
internal sealed class HandlerRun(JobId id, Attempt attempt) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _cancellation = new();
    private bool _isOver;
    private bool _isStopping;
    private bool _isDisposed;

    public JobId Id { get; } = id;

    public Attempt Attempt { get; } = attempt;

    /// <summary>Told to the handler.</summary>
    public CancellationToken CancellationToken => _cancellation.Token;

    /// <summary>True when it was stopped only because this executor stops.</summary>
    public bool IsInterrupted { get; private set; }

    /// <summary>True for the one caller that may tell how it ended.</summary>
    public bool TryEnd()
    {
        lock (_gate)
        {
            return !_isOver && (_isOver = true);
        }
    }

    /// <summary>Asks the handler to end; true the first time.</summary>
    public bool TryStop(bool interrupt)
    {
        lock (_gate)
        {
            if (_isStopping || _isDisposed)
            {
                return false;
            }

            (_isStopping, IsInterrupted) = (true, interrupt);

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
