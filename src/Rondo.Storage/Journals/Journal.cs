using System.Globalization;

namespace Rondo.Storage.Journals;

/// <summary>
/// Where a commit becomes durable: one write behind the last one and one sync. What is in the tables for good is released, and its files are
/// written again from their beginning.
/// </summary>
/// <remarks>
/// Files are numbered slots without an order: the frames in them say by their sequence numbers where they belong. See <see cref="Frame"/>
/// for their form and <see cref="JournalScan"/> for how they are read.
/// </remarks>
internal sealed class Journal : IDisposable
{
    /// <summary>The first file is small, so that an executor with little to do takes little of the disk; they double up to the largest.</summary>
    public const long SmallestBytes = 1 << 20;

    private readonly Lock _gate = new();
    private readonly string _directory;
    private readonly ulong _mark;
    private readonly long _largestBytes;
    private readonly Queue<Segment> _full = new();
    private readonly Queue<Segment> _free = new();
    private Segment _current;
    private ulong _sequence;
    private long _nextBytes = SmallestBytes;
    private int _slots;
    private Task _spare = Task.CompletedTask;

    /// <param name="mark">The mark of this start, see <see cref="Frame"/>.</param>
    /// <param name="sequence">The last commit before this start; it and all before are in the tables.</param>
    public Journal(string directory, ulong mark, ulong sequence, long largestBytes)
    {
        _directory = directory;
        _mark = mark;
        _sequence = sequence;
        _largestBytes = Math.Max(largestBytes, SmallestBytes);

        // Files of earlier starts beyond the first are made use of when they are needed.
        _current = Open(SmallestBytes);
    }

    public static string FileName(int slot) => string.Create(CultureInfo.InvariantCulture, $"journal.{slot}");

    /// <summary>Puts a frame on the disk.</summary>
    /// <returns>Its sequence number.</returns>
    /// <exception cref="StoreException">The disk refused; nothing more may be appended.</exception>
    public ulong Append(in StagedFrame frame)
    {
        if (!_current.HasRoom(frame.Length))
        {
            Switch(frame.Length);
        }

        _current.Append(frame, _mark, ++_sequence);
        if (_current.IsHalfFull && _spare.IsCompleted)
        {
            PrepareSpare();
        }

        return _sequence;
    }

    /// <summary>Everything up to this commit is in the tables, durably.</summary>
    public void Release(ulong sequence)
    {
        lock (_gate)
        {
            while (_full.TryPeek(out var oldest) && oldest.LastSequence <= sequence)
            {
                oldest.Clear();
                _free.Enqueue(_full.Dequeue());
            }
        }
    }

    public void Dispose()
    {
        _spare.Wait();
        lock (_gate)
        {
            _current.Dispose();
            foreach (var segment in _full.Concat(_free))
            {
                segment.Dispose();
            }
        }
    }

    private void Switch(int bytes)
    {
        // One that is being made will be there sooner than another.
        _spare.Wait();
        Segment? next;
        lock (_gate)
        {
            _full.Enqueue(_current);
            _free.TryDequeue(out next);
        }

        _current = next ?? Open(Math.Max(NextBytes(), bytes));
        _current.Extend(bytes);
    }

    private void PrepareSpare()
    {
        lock (_gate)
        {
            if (_free.Count > 0)
            {
                return;
            }
        }

        var bytes = NextBytes();
        _spare = Task.Run(() =>
        {
            try
            {
                var segment = Open(bytes);
                lock (_gate)
                {
                    _free.Enqueue(segment);
                }
            }
            catch (StoreException)
            {
                // The commit that needs it tries again, unless a file was released by then, and tells what is wrong.
            }
        });
    }

    private long NextBytes() => _nextBytes = Math.Min(_nextBytes * 2, _largestBytes);

    private Segment Open(long bytes) => Segment.Open(Path.Combine(_directory, FileName(_slots++)), bytes);
}
