using Rondo.Core;

namespace Rondo.Executor.Loop;

/// <summary>
/// The second half of the loop, on a thread of its own: commits what was stepped, then lets the effects out, in the order of the batches.
/// While it commits, the loop steps the next batches; those that gather meanwhile go into one commit.
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

    private const int MaxSpare = 32;

    private readonly object _gate = new();
    private readonly Stack<StepOutput> _spare = new();
    private List<StepOutput> _stepped = [];
    private List<StepOutput> _group = [];
    private int _inFlight;
    private int _recordsInFlight;
    private bool _completed;
    private bool _failed;
    private Thread? _thread;

    /// <summary>True while no more should be taken in from clients.</summary>
    public bool IsFull => Volatile.Read(ref _recordsInFlight) >= FullRecords;

    /// <summary>Called each time that it is not full any more.</summary>
    public Action? HasRoom { get; init; }

    /// <summary>Starts the thread.</summary>
    public void Start()
    {
        _thread = new Thread(Run) { IsBackground = true, Name = "rondo-commit" };
        _thread.Start();
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

    /// <summary>Hands over a batch. Called by the loop alone.</summary>
    public void Add(StepOutput output)
    {
        lock (_gate)
        {
            if (_failed)
            {
                return;
            }

            if (output.Records.Count > 0 || _inFlight > 0)
            {
                _inFlight++;
                _recordsInFlight += output.Records.Count;
                _stepped.Add(output);
                Monitor.PulseAll(_gate);
                return;
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
            return;
        }

        lock (_gate)
        {
            Recycle(output);
        }
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
        var merged = new List<Record>();
        while (TakeGroup())
        {
            try
            {
                CommitGroup(merged);
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
    }

    private bool TakeGroup()
    {
        lock (_gate)
        {
            while (_stepped.Count == 0 && !_completed && !_failed)
            {
                Monitor.Wait(_gate);
            }

            (_group, _stepped) = (_stepped, _group);
            return _group.Count > 0 && !_failed;
        }
    }

    private void CommitGroup(List<Record> merged)
    {
        if (_group.Count == 1)
        {
            Commit(_group[0].Records);
            return;
        }

        merged.Clear();
        foreach (var output in _group)
        {
            merged.AddRange(output.Records);
        }

        Commit(merged);
        merged.Clear();
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
        lock (_gate)
        {
            hadNoRoom = IsFull;
            _inFlight -= _group.Count;
            foreach (var output in _group)
            {
                _recordsInFlight -= output.Records.Count;
                Recycle(output);
            }

            _group.Clear();
            Monitor.PulseAll(_gate);
        }

        if (hadNoRoom && !IsFull)
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
