namespace Rondo.Simulation;

/// <summary>
/// What will happen, by time; what was scheduled first comes first among equals. A heap of small keys that point to the events, so that
/// sifting moves two words and allocates nothing; each has four below it, which lie in one line of the cache.
/// </summary>
internal sealed class EventQueue
{
    private const int Below = 4;

    /// <summary>The low bits of a key's second word, which say where the event is; above them is when it was scheduled.</summary>
    private const int SlotBits = 24;

    private Key[] _heap = new Key[256];
    private Event[] _events = new Event[256];
    private int[] _free = new int[256];
    private int _freeCount;
    private int _used;
    private long _sequence;

    public int Count { get; private set; }

    public void Add(long time, in Event item)
    {
        var slot = TakeSlot();
        _events[slot] = item;
        if (Count == _heap.Length)
        {
            Array.Resize(ref _heap, Count * 2);
        }

        var heap = _heap;
        var key = new Key(time, (_sequence++ << SlotBits) | (uint)slot);
        var at = Count++;
        while (at > 0)
        {
            var parent = (at - 1) / Below;
            if (!key.IsBefore(heap[parent]))
            {
                break;
            }

            heap[at] = heap[parent];
            at = parent;
        }

        heap[at] = key;
    }

    public bool TryTake(out long time, out Event item)
    {
        if (Count == 0)
        {
            time = 0;
            item = default;
            return false;
        }

        var first = _heap[0];
        time = first.Time;
        item = _events[first.Slot];
        _events[first.Slot] = default;
        _free[_freeCount++] = first.Slot;
        Sink(_heap.AsSpan(0, Count--));
        return true;
    }

    /// <summary>Puts the last key in the place of the first.</summary>
    private static void Sink(Span<Key> heap)
    {
        var last = heap[^1];
        heap = heap[..^1];
        var at = 0;
        while ((at * Below) + 1 < heap.Length)
        {
            var child = (at * Below) + 1;
            var end = Math.Min(child + Below, heap.Length);
            for (var other = child + 1; other < end; other++)
            {
                child = heap[other].IsBefore(heap[child]) ? other : child;
            }

            if (!heap[child].IsBefore(last))
            {
                break;
            }

            heap[at] = heap[child];
            at = child;
        }

        if (at < heap.Length)
        {
            heap[at] = last;
        }
    }

    private int TakeSlot()
    {
        if (_freeCount > 0)
        {
            return _free[--_freeCount];
        }

        if (_used == _events.Length)
        {
            Violation.Unless(_used < 1 << SlotBits, "More will happen at a time than can be told apart");
            Array.Resize(ref _events, _used * 2);
            Array.Resize(ref _free, _used * 2);
        }

        return _used++;
    }

    private readonly record struct Key(long Time, long SequenceAndSlot)
    {
        public int Slot => (int)(SequenceAndSlot & ((1 << SlotBits) - 1));

        public bool IsBefore(in Key other) => Time != other.Time ? Time < other.Time : SequenceAndSlot < other.SequenceAndSlot;
    }
}
