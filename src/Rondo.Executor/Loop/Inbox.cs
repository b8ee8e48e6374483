using Rondo.Core;

namespace Rondo.Executor.Loop;

/// <summary>
/// The inputs that wait for the loop, bounded in number and in bytes. Many writers, one reader that blocks on its own thread.
/// </summary>
/// <remarks>
/// A plain monitor instead of a <c>Channel</c>: the reader is a thread of its own that wakes for an input or for a deadline without a
/// hop over the thread pool, and takes a whole batch under one lock.
/// </remarks>
internal sealed class Inbox(int maxInputs = Inbox.MaxInputs, long maxBytes = Inbox.MaxBytes)
{
    /// <summary>The most inputs that wait.</summary>
    public const int MaxInputs = 16_384;

    /// <summary>The most bytes of contents and outputs that wait. A larger one alone is still let in.</summary>
    public const long MaxBytes = 256L << 20;

    private readonly object _gate = new();
    private readonly Queue<Input> _inputs = new();
    private long _bytes;
    private volatile bool _closed;
    private TaskCompletionSource? _room;

    /// <summary>True once <see cref="Close"/> was called.</summary>
    public bool IsClosed => _closed;

    /// <summary>Puts in what may be refused when there is no room: what a client or a peer will try again.</summary>
    /// <returns>False when the inbox is full or closed.</returns>
    public bool TryPost(Input input)
    {
        var size = InputSize.Of(input);
        lock (_gate)
        {
            if (_closed || !HasRoom(size))
            {
                return false;
            }

            Add(input, size);
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
                Add(input, InputSize.Of(input));
            }
        }
    }

    /// <summary>Puts in an input once there is room, so that a fast writer is slowed to the loop's speed.</summary>
    /// <returns>False when the inbox is closed.</returns>
    public async ValueTask<bool> PostWhenRoomAsync(Input input, CancellationToken cancellationToken)
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

                if (HasRoom(InputSize.Of(input)))
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

    /// <summary>Moves waiting inputs into <paramref name="batch"/>; waits up to <paramref name="patience"/> for the first one.</summary>
    /// <returns>False when the inbox is closed and empty.</returns>
    public bool Take(List<Input> batch, int max, TimeSpan patience)
    {
        lock (_gate)
        {
            if (_inputs.Count == 0 && !_closed && patience > TimeSpan.Zero)
            {
                // Rounded up: waking a moment early would only spin until the deadline has come.
                Monitor.Wait(_gate, (int)Math.Min(Math.Ceiling(patience.TotalMilliseconds), int.MaxValue));
            }

            while (batch.Count < max && _inputs.TryDequeue(out var input))
            {
                batch.Add(input);
                _bytes -= InputSize.Of(input);
            }

            if (_room is not null && HasRoom(0))
            {
                _room.SetResult();
                _room = null;
            }

            return !_closed || batch.Count > 0;
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

    private bool HasRoom(long size) => _inputs.Count < maxInputs && (_bytes == 0 || _bytes + size <= maxBytes);

    private void Add(Input input, long size)
    {
        _inputs.Enqueue(input);
        _bytes += size;
        if (_inputs.Count == 1)
        {
            Monitor.Pulse(_gate);
        }
    }
}
