using System.Collections;
using System.Globalization;

namespace Rondo.Core;

/// <summary>The indexes of an array of jobs: <c>1-1000</c>, <c>1-100:2</c> for every second one, <c>1,5,9</c>, or several of these.</summary>
/// <remarks>Takes memory for its text, not for its indexes.</remarks>
public sealed class IndexList : IReadOnlyList<int>
{
    /// <summary>The most indexes of an array.</summary>
    public const int Max = 100_000;

    /// <summary>What a text has to be.</summary>
    public const string Expected = "expected indexes such as 1-1000, 1-100:2 or 1,5,9, each once and at most 100,000 of them";

    private readonly List<Part> _parts = [];

    private IndexList() { }

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>One of them, in the order in which they are written.</summary>
    public int this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
            var (low, high) = (0, _parts.Count - 1);
            while (low < high)
            {
                var middle = (low + high + 1) / 2;
                (low, high) = _parts[middle].Before <= index ? (middle, high) : (low, middle - 1);
            }

            return _parts[low].At(index - _parts[low].Before);
        }
    }

    /// <summary>The indexes in the order in which they are written; null when it is none, too many, or one is there twice.</summary>
    public static IndexList? TryParse(string text)
    {
        var list = new IndexList();
        foreach (var part in text.Split(','))
        {
            var colon = part.IndexOf(':');
            var range = colon < 0 ? part : part[..colon];
            var dash = range.IndexOf('-');
            if (
                !TryNumber(dash < 0 ? range : range[..dash], out var from)
                || !TryNumber(dash < 0 ? range : range[(dash + 1)..], out var to)
                || !TryNumber(colon < 0 ? "1" : part[(colon + 1)..], out var step)
                || (colon >= 0 && dash < 0)
                || to < from
                || step < 1
                || list.Count + 1 + ((long)to - from) / step > Max
            )
            {
                return null;
            }

            var count = 1 + (int)(((long)to - from) / step);
            list._parts.Add(new Part(from, step, count, list.Count));
            list.Count += count;
        }

        // Of an array with a key two jobs of one index would be the same job.
        return list.HasEachOnce() ? list : null;
    }

    /// <inheritdoc/>
    public IEnumerator<int> GetEnumerator()
    {
        foreach (var part in _parts)
        {
            for (var i = 0; i < part.Count; i++)
            {
                yield return part.At(i);
            }
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private bool HasEachOnce()
    {
        var sorted = _parts.OrderBy(part => part.From).ToArray();
        for (var i = 1; i < sorted.Length; i++)
        {
            if (sorted[i].From <= sorted[i - 1].Last)
            {
                // They may still lie between one another, as 1-9:2 and 2-10:2.
                return new HashSet<int>(this).Count == Count;
            }
        }

        return true;
    }

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    /// <param name="Before">How many indexes the parts before this one have.</param>
    private readonly record struct Part(int From, int Step, int Count, int Before)
    {
        public int Last => At(Count - 1);

        public int At(int index) => (int)(From + ((long)index * Step));
    }
}
