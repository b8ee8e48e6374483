using Rondo.Core;

namespace Rondo.Executor.Loop;

/// <summary>
/// The second half of the loop: commits what was stepped, then lets the effects out, in the order of the batches. While one thread commits,
/// the loop steps the next batches; those that gather meanwhile go into one commit. That thread is the stage's own, or that of a client
/// that found nothing under way and whose own job it is (<see cref="Add"/>): then nobody has to be woken.
/// </summary>
/// <param name="commit">Writes records in one synced write; throws when they are not on stable storage.</param>
/// <param name="release">Carries out effects, without blocking.</param>
/// <param name="fail">Told of the first failure, which is final: nothing is committed or let out after it.</param>
internal sealed class CommitStage(Action<IReadOnlyList<Record>> commit, Action<List<Effect>> release, Action<Exception> fail)
{
    /// <summary>
    /// The most batches that were stepped and are not let out yet: enough for the loop to go on with what other executors say while the
    /// disk stalls for a while. What they hold of contents and outputs the core holds as well.
    /// </summary>
    public const int MaxInFlight = 1_024;

    /// <summary>
    /// With so many records on their way to the disk, clients wait: a commit stays short, and the loop free for the token. More in one
    /// commit would hardly cost less for each.
    /// </summary>
    public const int FullRecords = 2_048;

    /// <summary>
    /// With so many bytes of contents and outputs on their way to the disk nothing more of them is taken in: a flood of them stays bounded.
    /// </summary>
    public const long FullBytes = 64L << 20;

    /// <summary>From so many bytes on a commit takes no further batch.</summary>
    public const long GroupBytes = 16L << 20;

    /// <summary>How long records that nobody waits for, such as the end of a job, wait for others to share a sync with.</summary>
    public static readonly TimeSpan CompanyWait = TimeSpan.FromMilliseconds(1);

    private const int MaxSpare = 32;

    private readonly object _gate = new();
    private readonly Stack<StepOutput> _spare = new();
    private readonly List<Record> _merged = [];
    private List<StepOutput> _stepped = [];
    private List<StepOutput> _group = [];
    private int _inFlight;
    private int _recordsInFlight;
    private long _bytesInFlight;
    private bool _committing;
    private bool _isAwaited;
    private bool _completed;
    private bool _failed;
    private Thread? _thread;

    /// <summary>True while <see cref="Rent"/> does not have to wait.</summary>
    public bool HasRoomInFlight => Volatile.Read(ref _inFlight) < MaxInFlight;

    /// <summary>True while no more should be taken in from clients.</summary>
    public bool IsFull => Volatile.Read(ref _recordsInFlight) >= FullRecords || IsFullOfBytes;

    /// <summary>True while no more contents and outputs should be taken in, from other executors either.</summary>
    public bool IsFullOfBytes => BytesInFlight >= FullBytes;

    /// <summary>How many bytes of contents and outputs are on their way to the disk.</summary>
    public long BytesInFlight => Volatile.Read(ref _bytesInFlight);

    /// <summary>Called each time that it is not full any more, of one or the other.</summary>
    public Action? HasRoom { get; init; }

    /// <summary>Starts the thread.</summary>
    public void Start()
    {
        _thread = new Thread(Run) { IsBackground = true, Name = "rondo-commit" };
        _thread.UnsafeStart();
    }

    /// <summary>An empty output for the next batch, once there is room in flight.</summary>
    /// <returns>Null after a failure: there is no next batch.</returns>
    public StepOutput? Rent()
    {
        lock (_gate)
        {
            while (_inFlight >= MaxInFlight && !_failed)
            {
                Monitor.Wait(_gate);
            }

            return _failed ? null
                : _spare.TryPop(out var spare) ? spare
                : new StepOutput();
        }
    }

    /// <summary>True while nobody commits, and nobody waits for that.</summary>
    public bool IsIdle
    {
        get
        {
            lock (_gate)
            {
                return !_committing && !_isAwaited;
            }
        }
    }

    /// <summary>Hands over a batch. Called by whoever steps the core.</summary>
    /// <param name="mayCommit">True when the caller has the time to commit it, if nobody else is about to.</param>
    /// <returns>True when the caller has to call <see cref="Commit()"/> now.</returns>
    public bool Add(StepOutput output, bool mayCommit = false)
    {
        lock (_gate)
        {
            if (_failed)
            {
                return false;
            }

            if (output.Records.Count > 0 || (_inFlight > 0 && output.Effects.Count > 0))
            {
                return Enqueue(output, mayCommit);
            }
        }

        // Nothing to commit and nothing before it that still commits: out at once, without a hop to the other thread. Only this caller
        // adds batches, so none can overtake.
        try
        {
            release(output.Effects);
        }
        catch (Exception error)
        {
            Fail(error);
            return false;
        }

        lock (_gate)
        {
            Recycle(output);
        }

        return false;
    }

    /// <summary>Commits what was taken, and lets it out; the loop steps what comes in meanwhile.</summary>
    public void Commit()
    {
        try
        {
            CommitGroup();
            foreach (var output in _group)
            {
                release(output.Effects);
            }
        }
        catch (Exception error)
        {
            Fail(error);
            return;
        }

        ReturnGroup();
    }

    /// <summary>Commits and lets out what was handed over, and ends the thread.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _completed = true;
            Monitor.PulseAll(_gate);
        }

        _thread?.Join();
    }

    private void Run()
    {
        while (WaitForGroup())
        {
            Commit();
        }
    }

    private bool Enqueue(StepOutput output, bool mayCommit)
    {
        var isIdle = !_committing && !_isAwaited;
        var wake = _stepped.Count == 0 || (!_isAwaited && output.Effects.Count > 0);
        _inFlight++;
        _recordsInFlight += output.Records.Count;
        _bytesInFlight += BytesOf(output);
        _stepped.Add(output);
        _isAwaited |= output.Effects.Count > 0;
        if (mayCommit && isIdle && _isAwaited)
        {
            TakeGroup();
            return true;
        }

        if (wake)
        {
            Monitor.PulseAll(_gate);
        }

        return false;
    }

    private bool WaitForGroup()
    {
        lock (_gate)
        {
            var isPatient = true;
            while (!_failed)
            {
                if (_committing || _stepped.Count == 0)
                {
                    if (_completed && !_committing)
                    {
                        return false;
                    }

                    isPatient = true;
                    Monitor.Wait(_gate);
                }
                else if (isPatient && !_isAwaited && !_completed)
                {
                    isPatient = Monitor.Wait(_gate, CompanyWait);
                }
                else
                {
                    TakeGroup();
                    return true;
                }
            }

            return false;
        }
    }

    private void TakeGroup()
    {
        (_group, _stepped) = (_stepped, _group);
        (_committing, _isAwaited) = (true, false);
        if (_bytesInFlight > GroupBytes)
        {
            PutBackBeyond(GroupBytes);
        }
    }

    /// <summary>Large contents go into several commits: the store makes one piece of each.</summary>
    private void PutBackBeyond(long maxBytes)
    {
        var count = 0;
        for (var bytes = 0L; count < _group.Count && bytes < maxBytes; count++)
        {
            bytes += BytesOf(_group[count]);
        }

        for (var i = count; i < _group.Count; i++)
        {
            _stepped.Add(_group[i]);
            _isAwaited |= _group[i].Effects.Count > 0;
        }

        _group.RemoveRange(count, _group.Count - count);
    }

    private static long BytesOf(StepOutput output)
    {
        var bytes = 0L;
        foreach (var record in output.Records)
        {
            bytes += record.LargeBytes();
        }

        return bytes;
    }

    private void CommitGroup()
    {
        if (_group.Count == 1)
        {
            Commit(_group[0].Records);
            return;
        }

        _merged.Clear();
        foreach (var output in _group)
        {
            _merged.AddRange(output.Records);
        }

        Commit(_merged);
        _merged.Clear();
    }

    private void Commit(List<Record> records)
    {
        if (records.Count > 0)
        {
            commit(records);
        }
    }

    private void ReturnGroup()
    {
        bool hadNoRoom;
        bool hadNoRoomForBytes;
        lock (_gate)
        {
            hadNoRoom = IsFull;
            hadNoRoomForBytes = IsFullOfBytes;
            var wake = _stepped.Count > 0 || _completed || _inFlight >= MaxInFlight;
            _committing = false;
            _inFlight -= _group.Count;
            foreach (var output in _group)
            {
                _recordsInFlight -= output.Records.Count;
                _bytesInFlight -= BytesOf(output);
                Recycle(output);
            }

            _group.Clear();
            if (wake)
            {
                Monitor.PulseAll(_gate);
            }
        }

        if ((hadNoRoom && !IsFull) || (hadNoRoomForBytes && !IsFullOfBytes))
        {
            HasRoom?.Invoke();
        }
    }

    private void Recycle(StepOutput output)
    {
        output.Clear();
        if (_spare.Count < MaxSpare)
        {
            _spare.Push(output);
        }
    }

    private void Fail(Exception error)
    {
        lock (_gate)
        {
            _failed = true;
            _stepped.Clear();
            Monitor.PulseAll(_gate);
        }

        fail(error);
    }
}
