using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Rondo.Client;

namespace Rondo.Cli;

/// <summary>Nobody answers a command that waits: for a while it goes on, since an executor that crashed is usually back within seconds, and its jobs with it.</summary>
internal sealed class Outage(OutageNote note)
{
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private Stopwatch? _since;

    /// <summary>Nobody is there, or the one executor that is needed is not, or is stopping at this moment.</summary>
    public static bool Is(RondoException failure) =>
        failure is RondoUnreachableException || failure.Type is ProblemTypes.ExecutorUnavailable or ProblemTypes.Draining;

    /// <summary>Somebody answered: the next failure is the first of another outage.</summary>
    public void End() => _since = null;

    /// <summary>Waits until it makes sense to ask again.</summary>
    /// <param name="most">How long the command goes on at most; null for as long as an outage may last.</param>
    /// <exception cref="RondoException">The <paramref name="failure"/>, which has lasted too long.</exception>
    public async Task BearAsync(RondoException failure, TimeSpan? most, CancellationToken cancellationToken)
    {
        _since ??= Stopwatch.StartNew();
        var lasts = _since.Elapsed;
        var left = most is { } limit && limit < Tolerance - lasts ? limit : Tolerance - lasts;
        if (left <= TimeSpan.Zero)
        {
            ExceptionDispatchInfo.Throw(failure);
        }

        note.Tell(failure, lasts, left);
        await Task.Delay(failure.RetryAfter ?? Pause, cancellationToken);
    }
}

/// <summary>Tells once of an outage, however many wait at the same time, and not of those that pass before anybody wonders.</summary>
internal sealed class OutageNote(Action<string> say, TimeSpan patience)
{
    private readonly Lock _gate = new();
    private long _overAt = long.MinValue;

    /// <param name="lasts">How long it has lasted.</param>
    /// <param name="left">How long it may go on, after which it is told of as a failure.</param>
    public void Tell(RondoException failure, TimeSpan lasts, TimeSpan left)
    {
        lock (_gate)
        {
            if (lasts < patience || Environment.TickCount64 < _overAt)
            {
                return;
            }

            _overAt = Environment.TickCount64 + (long)left.TotalMilliseconds;
        }

        say($"{failure.Message}; trying again for up to {Durations.Format(left)}");
    }
}
