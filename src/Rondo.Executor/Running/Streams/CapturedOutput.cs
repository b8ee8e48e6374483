using System.Runtime.CompilerServices;

namespace Rondo.Executor.Running.Streams;

/// <summary>
/// What a job wrote to one stream: kept up to a bound and counted beyond it. One thread appends; any number may follow at their own
/// speed, none of which holds the writer up.
/// </summary>
/// <remarks>
/// The bytes lie in one array that grows by doubling. Bytes that were captured never change and arrays that were outgrown are never
/// written again, so a reader's slice stays valid for as long as it keeps it.
/// </remarks>
internal sealed class CapturedOutput(int maxBytes)
{
    private const int FirstCapacityBytes = 256;
    private const int SliceMaxBytes = 64 * 1024;

    private readonly Lock _gate = new();
    private byte[] _bytes = [];
    private int _length;
    private bool _ended;
    private TaskCompletionSource? _changed;

    /// <summary>How many bytes came beyond the bound. To be read by the appending thread.</summary>
    public long DroppedBytes { get; private set; }

    /// <summary>What was kept so far.</summary>
    public ReadOnlyMemory<byte> Captured
    {
        get
        {
            lock (_gate)
            {
                return _bytes.AsMemory(0, _length);
            }
        }
    }

    /// <summary>Keeps what fits.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        var kept = Math.Min(bytes.Length, maxBytes - _length);
        DroppedBytes += bytes.Length - kept;
        if (kept == 0)
        {
            return;
        }

        TaskCompletionSource? changed;
        lock (_gate)
        {
            EnsureCapacity(_length + kept);
            bytes[..kept].CopyTo(_bytes.AsSpan(_length));
            _length += kept;
            changed = TakeChanged();
        }

        changed?.SetResult();
    }

    /// <summary>Nothing more will come: those who follow come to an end.</summary>
    public void End()
    {
        TaskCompletionSource? changed;
        lock (_gate)
        {
            _ended = true;
            changed = TakeChanged();
        }

        changed?.SetResult();
    }

    /// <summary>The bytes from an offset on, in slices of 64 KiB at most, until the stream has ended.</summary>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> Follow(
        long offset,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var slice = SliceFrom(offset, out var change);
            if (!slice.IsEmpty)
            {
                yield return slice;
                offset += slice.Length;
            }
            else if (change is null)
            {
                yield break;
            }
            else
            {
                await change.WaitAsync(cancellationToken);
            }
        }
    }

    /// <summary>The bytes at an offset; when there are none yet, what to wait for, and null when there never will be any.</summary>
    private ReadOnlyMemory<byte> SliceFrom(long offset, out Task? change)
    {
        lock (_gate)
        {
            change = null;
            if (offset < _length)
            {
                var start = (int)offset;
                return _bytes.AsMemory(start, Math.Min(_length - start, SliceMaxBytes));
            }

            if (!_ended)
            {
                // Continuations must not run on the thread that appends.
                _changed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                change = _changed.Task;
            }

            return default;
        }
    }

    private TaskCompletionSource? TakeChanged()
    {
        var changed = _changed;
        _changed = null;
        return changed;
    }

    private void EnsureCapacity(int needed)
    {
        if (needed <= _bytes.Length)
        {
            return;
        }

        var doubled = Math.Max(FirstCapacityBytes, 2L * _bytes.Length);
        var grown = GC.AllocateUninitializedArray<byte>((int)Math.Min(maxBytes, Math.Max(needed, doubled)));
        _bytes.AsSpan(0, _length).CopyTo(grown);
        _bytes = grown;
    }
}
