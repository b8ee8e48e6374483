namespace Rondo.Simulation;

/// <summary>
/// What will happen, by time; what was scheduled first comes first among equals. A binary heap of small keys that point to the events,
/// so that sifting moves three words and allocates nothing.
/// </summary>
internal sealed class EventQueue
{
    private Key[] _heap = new Key[1024];
    private Event[] _events = new Event[1024];
    private int[] _free = new int[1024];
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

        var key = new Key(time, _sequence++, slot);
        var at = Count++;
        while (at > 0)
        {
            var parent = (at - 1) / 2;
            if (!key.IsBefore(_heap[parent]))
            {
                break;
            }

            _heap[at] = _heap[parent];
            at = parent;
        }

        _heap[at] = key;
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
        var last = _heap[--Count];
        var at = 0;
        while (true)
        {
            var child = (2 * at) + 1;
            if (child >= Count)
            {
                break;
            }

            if (child + 1 < Count && _heap[child + 1].IsBefore(_heap[child]))
            {
                child++;
            }

            if (!_heap[child].IsBefore(last))
            {
                break;
            }

            _heap[at] = _heap[child];
            at = child;
        }

        _heap[at] = last;
        return true;
    }

    private int TakeSlot()
    {
        if (_freeCount > 0)
        {
            return _free[--_freeCount];
        }

        if (_used == _events.Length)
        {
            Array.Resize(ref _events, _used * 2);
            Array.Resize(ref _free, _used * 2);
        }

        return _used++;
    }

    private readonly record struct Key(long Time, long Sequence, int Slot)
    {
        public bool IsBefore(in Key other) => Time != other.Time ? Time < other.Time : Sequence < other.Sequence;
    }
}
