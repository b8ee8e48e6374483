using Rondo.Core;

namespace Rondo.Executor.Loop;

/// <summary>
/// The inputs that wait for the loop, in three lanes, each bounded in number and in bytes: what executors and runs have to say comes before
/// what clients ask, so that a flood of requests does not hold up the token, and the jobs and results that executors send, and large outputs
/// of runs, have a lane of their own for the same reason. Many writers, one reader that blocks on its own thread.
/// </summary>
/// <remarks>
/// A plain monitor instead of a <c>Channel</c>: the reader is a thread of its own that wakes for an input or for a deadline without a
/// hop over the thread pool, and takes a whole batch under one lock.
/// </remarks>
internal sealed class Inbox(int maxInputs = Inbox.MaxInputs, long maxBytes = Inbox.MaxBytes)
{
    /// <summary>The most inputs that wait in a lane.</summary>
    public const int MaxInputs = 16_384;

    /// <summary>The most bytes of contents and outputs that wait in a lane. A larger one alone is still let in.</summary>
    public const long MaxBytes = 256L << 20;

    /// <summary>As <see cref="MaxBytes"/>, of jobs and results: what a client sends is bounded as well before it is here.</summary>
    public const long MaxBulkBytes = 64L << 20;

    /// <summary>The end of a run is bulk with more bytes of output.</summary>
    public const long LargeBytes = 64 << 10;

    /// <summary>From so many bytes on nothing more is taken out at a time.</summary>
    public const long TakeBytes = 16L << 20;

    private readonly object _gate = new();
    private readonly Lane _urgent = new();
    private readonly Lane _bulk = new();
    private readonly Lane _requests = new();
    private volatile bool _closed;
    private bool _nudged;
    private TaskCompletionSource? _room;

    /// <summary>True once <see cref="Close"/> was called.</summary>
    public bool IsClosed => _closed;

    /// <summary>Puts in what may be refused when there is no room: what a client or a peer will try again.</summary>
    /// <param name="wake">False when the caller takes out itself what it puts in.</param>
    /// <returns>False when the lane is full or the inbox closed.</returns>
    public bool TryPost(Input input, bool wake = true)
    {
        var size = InputSize.Of(input);
        lock (_gate)
        {
            var lane = LaneOf(input);
            if (_closed || !HasRoom(lane, size))
            {
                return false;
            }

            Add(lane, input, size, wake);
            return true;
        }
    }

    /// <summary>
    /// Puts in what must not get lost. Its number is bounded by what it is about: the slots, the links, the open requests.
    /// </summary>
    public void Post(Input input)
    {
        lock (_gate)
        {
            if (!_closed)
            {
                Add(LaneOf(input), input, InputSize.Of(input), wake: true);
            }
        }
    }

    /// <summary>True when the end of a run with so many bytes of output has room. One that has none is better posted later.</summary>
    public bool HasRoomForOutput(long bytes)
    {
        lock (_gate)
        {
            return bytes <= LargeBytes || HasRoom(_bulk, bytes);
        }
    }

    /// <summary>Puts in an input once there is room, so that a fast writer is slowed to the loop's speed.</summary>
    /// <returns>False when the inbox is closed.</returns>
    public ValueTask<bool> PostWhenRoomAsync(Input input, CancellationToken cancellationToken) =>
        TryPost(input) ? new ValueTask<bool>(true) : WaitAndPostAsync(input, cancellationToken);

    private async ValueTask<bool> WaitAndPostAsync(Input input, CancellationToken cancellationToken)
    {
        while (!TryPost(input))
        {
            Task room;
            lock (_gate)
            {
                if (_closed)
                {
                    return false;
                }

                if (HasRoom(LaneOf(input), InputSize.Of(input)))
                {
                    continue;
                }

                _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                room = _room.Task;
            }

            await room.WaitAsync(cancellationToken);
        }

        return true;
    }

    /// <summary>Waits up to <paramref name="patience"/> for the first input.</summary>
    /// <param name="holdRequests">
    /// Says whether clients have to wait now; when that changes, <see cref="Nudge"/> has to be called. Null for no.
    /// </param>
    /// <param name="holdBulk">The same for the jobs and results of other executors, and for large outputs.</param>
    public void Wait(TimeSpan patience, Func<bool>? holdRequests = null, Func<bool>? holdBulk = null)
    {
        lock (_gate)
        {
            if (!_nudged && !HasSome(holdRequests, holdBulk) && !_closed && patience > TimeSpan.Zero)
            {
                // Rounded up: waking a moment early would only spin until the deadline has come.
                Monitor.Wait(_gate, (int)Math.Min(Math.Ceiling(patience.TotalMilliseconds), int.MaxValue));
            }

            _nudged = false;
        }
    }

    /// <summary>Moves waiting inputs into <paramref name="batch"/>.</summary>
    /// <param name="holdRequests">As for <see cref="Wait"/>.</param>
    /// <param name="holdBulk">As for <see cref="Wait"/>.</param>
    /// <returns>False when the inbox is closed and empty.</returns>
    public bool Take(List<Input> batch, int max, Func<bool>? holdRequests = null, Func<bool>? holdBulk = null)
    {
        lock (_gate)
        {
            var bytes = TakeBytes;
            _urgent.MoveTo(batch, max, ref bytes);
            if (_closed || holdBulk?.Invoke() != true)
            {
                _bulk.MoveTo(batch, max, ref bytes);
            }

            if (_closed || holdRequests?.Invoke() != true)
            {
                _requests.MoveTo(batch, max, ref bytes);
            }

            if (bytes <= 0)
            {
                // Whoever reads now may be somebody else than the one who reads next.
                _nudged = true;
                Monitor.Pulse(_gate);
            }

            if (batch.Count > 0)
            {
                _room?.SetResult();
                _room = null;
            }

            return !_closed || batch.Count > 0;
        }
    }

    /// <summary>Has the reader look again, now or when it next waits, since what it waits for may have changed.</summary>
    public void Nudge()
    {
        lock (_gate)
        {
            _nudged = true;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Takes nothing more in; what waits can still be taken out.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            _room?.SetResult();
            _room = null;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>An <see cref="Input.Unwatch"/> must not overtake its watch: all that belongs to requests keeps its order.</summary>
    private Lane LaneOf(Input input) =>
        input is Input.Received { Message: Message.Offer or Message.Result } or Input.RunEnded { Outcome.Output.Size: > LargeBytes } ? _bulk
        : input
            is Input.Submit
                or Input.Query
                or Input.Watch
                or Input.Unwatch
                or Input.List
                or Input.Cancel
                or Input.CancelGroup
                or Input.SetCron
                or Input.RemoveCron
                or Input.QueryCrons
                or Input.AdvanceCron
                or Input.WatchGroup
                or Input.UnwatchGroup
                or Input.QueryRing
                or Input.Drain
                or Input.Remove
            ? _requests
        : _urgent;

    private bool HasRoom(Lane lane, long size) =>
        lane.Count < maxInputs && (lane.Bytes == 0 || lane.Bytes + size <= (lane == _bulk ? Math.Min(maxBytes, MaxBulkBytes) : maxBytes));

    private bool HasSome(Func<bool>? holdRequests, Func<bool>? holdBulk) =>
        _urgent.Count > 0 || (_bulk.Count > 0 && holdBulk?.Invoke() != true) || (_requests.Count > 0 && holdRequests?.Invoke() != true);

    private void Add(Lane lane, Input input, long size, bool wake)
    {
        lane.Add(input, size);
        if (wake && lane.Count == 1)
        {
            Monitor.Pulse(_gate);
        }
    }

    private sealed class Lane
    {
        private readonly Queue<(Input Input, long Size)> _inputs = new();

        public int Count => _inputs.Count;

        public long Bytes { get; private set; }

        public void Add(Input input, long size)
        {
            _inputs.Enqueue((input, size));
            Bytes += size;
        }

        /// <param name="bytes">How many may be moved; less than nothing once more were.</param>
        public void MoveTo(List<Input> batch, int max, ref long bytes)
        {
            while (batch.Count < max && bytes > 0 && _inputs.TryDequeue(out var next))
            {
                batch.Add(next.Input);
                Bytes -= next.Size;
                bytes -= next.Size;
            }
        }
    }
}
