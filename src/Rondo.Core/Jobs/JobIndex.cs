using System.Collections;

namespace Rondo.Core;

/// <summary>
/// Finds what there is by the id of its job. Each is chained to the next one itself: that takes less memory for each of a million jobs than a
/// set or a dictionary, and no call through an interface to compare ids. The order depends on nothing but what was added and removed.
/// </summary>
/// <typeparam name="T">What is found; each can be in one index.</typeparam>
public sealed class JobIndex<T>
    where T : KnownByJobId<T>
{
    private const int LeastPlaces = 16;

    private T?[] _places = new T?[LeastPlaces];

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>What is known by this id; null for nothing.</summary>
    public T? Find(JobId id)
    {
        var found = _places[PlaceOf(id, _places.Length)];
        while (found is not null && found.Id != id)
        {
            found = found.Next;
        }

        return found;
    }

    /// <summary>Puts one in, unless one of this id is here.</summary>
    /// <returns>False when one is here.</returns>
    public bool TryAdd(T added)
    {
        if (Find(added.Id) is not null)
        {
            return false;
        }

        if (Count == _places.Length)
        {
            Grow();
        }

        Chain(added, _places);
        Count++;
        return true;
    }

    /// <summary>Takes out this very one.</summary>
    /// <returns>False when it is not here.</returns>
    public bool Remove(T removed)
    {
        ref var place = ref _places[PlaceOf(removed.Id, _places.Length)];
        T? before = null;
        for (var each = place; each is not null; (before, each) = (each, each.Next))
        {
            if (each != removed)
            {
                continue;
            }

            if (before is null)
            {
                place = removed.Next;
            }
            else
            {
                before.Next = removed.Next;
            }

            removed.Next = null;
            Count--;
            return true;
        }

        return false;
    }

    /// <summary>All of them, in an order that means nothing. Nothing may be added or removed meanwhile.</summary>
    public IEnumerable<T> All => new Everything(_places);

    private void Grow()
    {
        var places = new T?[_places.Length * 2];
        foreach (var first in _places)
        {
            for (var each = first; each is not null; )
            {
                var next = each.Next;
                Chain(each, places);
                each = next;
            }
        }

        _places = places;
    }

    private static void Chain(T added, T?[] places)
    {
        ref var place = ref places[PlaceOf(added.Id, places.Length)];
        added.Next = place;
        place = added;
    }

    /// <summary>
    /// Jobs that come one behind the other lie side by side, which is most of what a look-up costs: spread evenly by a better hash they took
    /// four times as long. Those of other homes begin elsewhere.
    /// </summary>
    private static int PlaceOf(JobId id, int places) =>
        (int)((uint)id.Number + (uint)((id.Home.Packed * 0x9E3779B97F4A7C15) >> 32)) & (places - 1);

    /// <summary>Written out, since what the compiler makes of an iterator asks for the thread.</summary>
    private sealed class Everything(T?[] places) : IEnumerable<T>
    {
        public IEnumerator<T> GetEnumerator() => new Walk(places);

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }

    private sealed class Walk(T?[] places) : IEnumerator<T>
    {
        private int _place;
        private T? _at;

        public T Current => _at!;

        object IEnumerator.Current => Current;

        public bool MoveNext()
        {
            _at = _at?.Next;
            while (_at is null && _place < places.Length)
            {
                _at = places[_place++];
            }

            return _at is not null;
        }

        public void Reset() => throw new NotSupportedException();

        public void Dispose() { }
    }
}
