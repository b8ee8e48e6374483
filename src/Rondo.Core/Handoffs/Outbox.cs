namespace Rondo.Core;

/// <summary>
/// What one peer has to be told of some jobs until it acknowledges: sent once, and again after a time limit that doubles. One
/// mechanism for offers, results, reports and cancels.
/// </summary>
/// <param name="delay">How long a new item may wait for company before it is sent.</param>
/// <param name="changed">Told when there may be something to do at another time than before.</param>
internal sealed class Outbox(TimeSpan delay, Action? changed = null)
{
    /// <summary>The most items sent and not yet acknowledged: the receiver's side of the work is bounded by it.</summary>
    public const int Window = 1024;

    public const int StalledAfter = 4;

    public static readonly TimeSpan FirstResend = TimeSpan.FromMilliseconds(200);
    public static readonly TimeSpan LongestResend = TimeSpan.FromSeconds(2);

    /// <summary>How long the acknowledgement of what was large may take, from when its last part was seen to go out.</summary>
    public static readonly TimeSpan AfterTransfer = TimeSpan.FromSeconds(1);

    // Most peers are told nothing of a kind in all their life: until the first item there are these, to which nothing is ever added.
    private static readonly Dictionary<JobId, long> NoStamps = [];
    private static readonly Queue<(JobId Id, long Stamp, TimeSpan NotBefore)> NothingUnsent = [];
    private static readonly Queue<(JobId Id, long Stamp)> NothingSent = [];

    private Dictionary<JobId, long> _stamps = NoStamps;
    private Queue<(JobId Id, long Stamp, TimeSpan NotBefore)> _unsent = NothingUnsent;
    private Queue<(JobId Id, long Stamp)> _sent = NothingSent;
    private TimeSpan _resendAt = TimeSpan.MaxValue;
    private TimeSpan _patience = FirstResend;
    private long _stamp;
    private int _resends;

    public int Count => _stamps.Count;

    /// <summary>True when nothing was acknowledged over this many resends, about three seconds.</summary>
    public bool IsStalled => _resends >= StalledAfter && _sent.Count > 0;

    /// <summary>When there is something to do next.</summary>
    public TimeSpan NextDeadline
    {
        get
        {
            if (_sent.Count + _unsent.Count == 0)
            {
                return TimeSpan.MaxValue;
            }

            DropAcknowledged();
            var send = _unsent.Count > 0 && _sent.Count < Window ? _unsent.Peek().NotBefore : TimeSpan.MaxValue;
            return _sent.Count > 0 && _resendAt < send ? _resendAt : send;
        }
    }

    /// <summary>Says that the peer has to be told of this job, or told anew.</summary>
    public void Add(JobId id, TimeSpan now)
    {
        if (_stamp == 0)
        {
            (_stamps, _unsent, _sent) = ([], [], []);
        }

        _stamps[id] = ++_stamp;
        _unsent.Enqueue((id, _stamp, now + delay));
        changed?.Invoke();
    }

    /// <summary>The peer knows, or need not know any more.</summary>
    public bool Remove(JobId id)
    {
        if (!_stamps.Remove(id))
        {
            return false;
        }

        changed?.Invoke();
        return true;
    }

    public bool Contains(JobId id) => _stamps.ContainsKey(id);

    /// <summary>Everything is to be sent again at once: the peer is new, or is back.</summary>
    public void SendAllAgain(TimeSpan now)
    {
        changed?.Invoke();
        _patience = FirstResend;
        _resends = 0;
        _resendAt = TimeSpan.MaxValue;

        // What was sent comes before what was not.
        var unsent = _unsent.Count;
        while (_sent.TryDequeue(out var item))
        {
            if (IsOpen(item))
            {
                _unsent.Enqueue((item.Id, item.Stamp, now));
            }
        }

        for (; unsent > 0; unsent--)
        {
            var (id, stamp, _) = _unsent.Dequeue();
            if (IsOpen((id, stamp)))
            {
                _unsent.Enqueue((id, stamp, now));
            }
        }
    }

    /// <summary>What was sent is still on its way, and has to be committed there when it has arrived.</summary>
    public void Postpone(TimeSpan now)
    {
        _resends = 0;
        if (_resendAt != TimeSpan.MaxValue)
        {
            _resendAt = now + AfterTransfer;
            changed?.Invoke();
        }
    }

    /// <summary>Takes the next item that is due; false when none is, or when too many are unacknowledged.</summary>
    public bool TryTake(TimeSpan now, out JobId id)
    {
        if (_resendAt <= now)
        {
            DropAcknowledged();
            if (_sent.Count > 0 && !Mutants.Is(Mutant.NothingIsSentAgain))
            {
                var (patience, resends) = (_patience, _resends);
                SendAllAgain(now);
                _resends = resends + 1;
                _patience = patience * 2 < LongestResend ? patience * 2 : LongestResend;
            }

            _resendAt = TimeSpan.MaxValue;
        }

        DropAcknowledged();
        while (_unsent.Count > 0 && _sent.Count < Window && _unsent.Peek().NotBefore <= now)
        {
            var (next, stamp, _) = _unsent.Dequeue();
            if (!IsOpen((next, stamp)))
            {
                continue;
            }

            _sent.Enqueue((next, stamp));
            if (_resendAt == TimeSpan.MaxValue)
            {
                _resendAt = now + _patience;
            }

            id = next;
            return true;
        }

        id = default;
        return false;
    }

    private bool IsOpen((JobId Id, long Stamp) item) => _stamps.TryGetValue(item.Id, out var stamp) && stamp == item.Stamp;

    private void DropAcknowledged()
    {
        while (_unsent.Count > 0 && !IsOpen((_unsent.Peek().Id, _unsent.Peek().Stamp)))
        {
            _unsent.Dequeue();
        }

        var progress = false;
        while (_sent.Count > 0 && !IsOpen(_sent.Peek()))
        {
            _sent.Dequeue();
            progress = true;
        }

        if (_sent.Count == 0)
        {
            _resendAt = TimeSpan.MaxValue;
        }

        if (progress)
        {
            _patience = FirstResend;
            _resends = 0;
        }
    }
}
