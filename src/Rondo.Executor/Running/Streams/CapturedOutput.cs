using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;

namespace Rondo.Executor.Running.Streams;

/// <summary>
/// What a job wrote to one stream: kept up to a bound and counted beyond it. One thread appends; any number may follow at their own
/// speed, none of which holds the writer up.
/// </summary>
/// <remarks>
/// A short output lies in one array that grows by doubling. Bytes that were captured never change and arrays that were outgrown are never
/// written again, so a reader's slice stays valid for as long as it keeps it. What grows beyond <see cref="InMemoryMaxBytes"/> lies in a file.
/// </remarks>
internal sealed class CapturedOutput(int maxBytes, OutputFiles files)
{
    /// <summary>The most bytes that are in memory while the job runs.</summary>
    public const int InMemoryMaxBytes = 64 * 1024;

    private const int FirstCapacityBytes = 256;
    private const int SliceMaxBytes = 64 * 1024;

    private readonly Lock _gate = new();
    private byte[] _bytes = [];
    private SafeFileHandle? _file;
    private int _users = 1; // The writer.
    private int _length;
    private bool _isCut;
    private bool _ended;
    private TaskCompletionSource? _changed;

    /// <summary>How many bytes came beyond the bound, or found no place on the disk. To be read by the appending thread.</summary>
    public long DroppedBytes { get; private set; }

    /// <summary>How many bytes were kept so far. To be read by the appending thread.</summary>
    public int KeptBytes => _length;

    /// <summary>What was kept so far, in memory. To be called by the appending thread.</summary>
    public ReadOnlyMemory<byte> ReadAll()
    {
        if (_file is null)
        {
            return _bytes.AsMemory(0, _length);
        }

        var all = GC.AllocateUninitializedArray<byte>(_length);
        Read(_file, 0, all);
        return all;
    }

    /// <summary>Keeps what fits.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        var kept = _isCut ? 0 : Math.Min(bytes.Length, maxBytes - _length);
        if (kept > 0 && !TryKeep(bytes[..kept]))
        {
            _isCut = true;
            kept = 0;
        }

        DroppedBytes += bytes.Length - kept;
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

    /// <summary>
    /// The bytes from an offset on, in slices of 64 KiB at most, until the stream has ended. A slice is valid until the next one is asked for.
    /// To be read once.
    /// </summary>
    /// <returns>Null after <see cref="Release"/>.</returns>
    public IAsyncEnumerable<ReadOnlyMemory<byte>>? Follow(long offset)
    {
        lock (_gate)
        {
            if (_users == 0)
            {
                return null;
            }

            _users++;
        }

        return FollowAsync(offset);
    }

    /// <summary>The writer is through with it: its place on the disk is given back once those who follow are, too.</summary>
    public void Release()
    {
        lock (_gate)
        {
            if (--_users == 0 && _file is not null)
            {
                files.Close(_file, _length);
            }
        }
    }

    private async IAsyncEnumerable<ReadOnlyMemory<byte>> FollowAsync(
        long offset,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        byte[] buffer = [];
        try
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var slice = SliceFrom(offset, ref buffer, out var change);
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
        finally
        {
            Release();
        }
    }

    /// <summary>The bytes at an offset; when there are none yet, what to wait for, and null when there never will be any.</summary>
    private ReadOnlyMemory<byte> SliceFrom(long offset, ref byte[] buffer, out Task? change)
    {
        SafeFileHandle file;
        int length;
        lock (_gate)
        {
            change = null;
            if (offset >= _length)
            {
                if (!_ended)
                {
                    // Continuations must not run on the thread that appends.
                    _changed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                    change = _changed.Task;
                }

                return default;
            }

            length = (int)Math.Min(_length - offset, SliceMaxBytes);
            if (_file is null)
            {
                return _bytes.AsMemory((int)offset, length);
            }

            file = _file;
        }

        // Without the lock: nobody waits for one who reads.
        buffer = buffer.Length == 0 ? new byte[SliceMaxBytes] : buffer;
        var slice = buffer.AsMemory(0, length);
        Read(file, offset, slice.Span);
        return slice;
    }

    private bool TryKeep(ReadOnlySpan<byte> bytes)
    {
        if (_file is null && _length + bytes.Length > InMemoryMaxBytes && !TryMoveToFile())
        {
            return false;
        }

        if (_file is not null && !files.TryWrite(_file, bytes, _length))
        {
            return false;
        }

        TaskCompletionSource? changed;
        lock (_gate)
        {
            if (_file is null)
            {
                EnsureCapacity(_length + bytes.Length);
                bytes.CopyTo(_bytes.AsSpan(_length));
            }

            _length += bytes.Length;
            changed = TakeChanged();
        }

        changed?.SetResult();
        return true;
    }

    private bool TryMoveToFile()
    {
        if (files.TryCreate() is not { } file)
        {
            return false;
        }

        if (!files.TryWrite(file, _bytes.AsSpan(0, _length), 0))
        {
            files.Close(file, 0);
            return false;
        }

        lock (_gate)
        {
            (_file, _bytes) = (file, []);
        }

        return true;
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

        var doubled = Math.Max(FirstCapacityBytes, 2 * _bytes.Length);
        var grown = GC.AllocateUninitializedArray<byte>(Math.Min(Math.Min(maxBytes, InMemoryMaxBytes), Math.Max(needed, doubled)));
        _bytes.AsSpan(0, _length).CopyTo(grown);
        _bytes = grown;
    }

    /// <exception cref="IOException">The disk does not give what it took.</exception>
    private static void Read(SafeFileHandle file, long offset, Span<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var read = RandomAccess.Read(file, bytes, offset);
            if (read == 0)
            {
                throw new EndOfStreamException("a file with the output of a job is shorter than what was written to it");
            }

            bytes = bytes[read..];
            offset += read;
        }
    }
}
