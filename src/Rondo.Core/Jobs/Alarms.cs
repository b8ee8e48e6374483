using System.Diagnostics;

namespace Rondo.Core;

/// <summary>The jobs that wait for a time, the next one first.</summary>
internal sealed class Alarms
{
    /// <summary>How late a clock that was set forward is noticed at most.</summary>
    public static readonly TimeSpan LongestNap = TimeSpan.FromSeconds(1);

    private readonly SortedSet<(TimeSpan At, JobId Id)> _byElapsed = [];
    private readonly SortedSet<(DateTimeOffset At, JobId Id)> _byWall = [];
    private readonly Dictionary<JobId, TimeSpan> _elapsed = [];

    // In the order in which they came: what they wait for begins with the next look at the clock.
    private readonly Dictionary<JobId, Hold> _new = [];

    public void Add(JobId id, Hold hold) => _new.Add(id, hold);

    public void Remove(JobId id, Hold hold)
    {
        if (_new.Remove(id))
        {
            return;
        }

        switch (hold)
        {
            case Hold.Until until:
                _byWall.Remove((until.Time, id));
                break;
            case Hold.For when _elapsed.Remove(id, out var at):
                _byElapsed.Remove((at, id));
                break;
        }
    }

    /// <summary>A job whose time has come; it stays here until it is removed. Null when there is none.</summary>
    public JobId? Due(Instant now)
    {
        foreach (var (id, hold) in _new)
        {
            File(id, hold, now);
        }

        _new.Clear();
        if (_byElapsed.Count > 0 && _byElapsed.Min.At <= now.Elapsed)
        {
            return _byElapsed.Min.Id;
        }

        return _byWall.Count > 0 && _byWall.Min.At <= now.Wall ? _byWall.Min.Id : null;
    }

    /// <summary>When to look again.</summary>
    public TimeSpan NextDeadline(Instant now)
    {
        var next = _byElapsed.Count > 0 ? _byElapsed.Min.At : TimeSpan.MaxValue;
        if (_byWall.Count > 0)
        {
            var left = _byWall.Min.At - now.Wall;
            var look = now.Elapsed + (left < LongestNap ? left : LongestNap);
            next = look < next ? look : next;
        }

        return next;
    }

    private void File(JobId id, Hold hold, Instant now)
    {
        switch (hold)
        {
            case Hold.Until until:
                _byWall.Add((until.Time, id));
                break;
            case Hold.For wait:
                // Never longer than it was meant to be, also if the clock was set back while this executor was down.
                var left = wait.End - now.Wall;
                left = left < wait.Length ? left : wait.Length;
                var at = now.Elapsed + left;
                _elapsed.Add(id, at);
                _byElapsed.Add((at, id));
                break;
            default:
                throw new UnreachableException($"No rule for {hold.GetType().Name}.");
        }
    }
}
