using Rondo.Core;
using Rondo.Executor.Running.Streams;

namespace Rondo.Executor.Handlers;

/// <summary>
/// Passes on what a handler says of how far it is. Only the newest word counts, and not more often than <see cref="ProgressPipe.Pause"/>, like a command: a handler that
/// reports in its innermost loop costs no more than another.
/// </summary>
internal sealed class ProgressTold(JobId id, Attempt attempt, Action<Input.Progress> said, TimeProvider time) : IDisposable
{
    private readonly Lock _gate = new();
    private (double? Percent, string? Text)? _newest;
    private ITimer? _pause;
    private bool _isOver;

    /// <summary>The newest word.</summary>
    public void Report(double? percent, string? text)
    {
        lock (_gate)
        {
            if (!_isOver)
            {
                _newest = (percent, text);
                if (_pause is null)
                {
                    Tell();
                }
            }
        }
    }

    /// <summary>The attempt is over, and its progress with it.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isOver = true;
            _pause?.Dispose();
        }
    }

    private void Tell()
    {
        var (percent, text) = _newest!.Value;
        _newest = null;
        said(new Input.Progress(Request: null, id, attempt, percent, text));
        _pause?.Dispose();
        _pause = time.CreateTimer(static told => ((ProgressTold)told!).PauseIsOver(), this, ProgressPipe.Pause, Timeout.InfiniteTimeSpan);
    }

    private void PauseIsOver()
    {
        lock (_gate)
        {
            if (_isOver)
            {
                return;
            }

            if (_newest is not null)
            {
                Tell();
                return;
            }

            _pause?.Dispose();
            _pause = null;
        }
    }
}
