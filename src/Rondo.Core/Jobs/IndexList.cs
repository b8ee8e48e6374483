using System.Globalization;

namespace Rondo.Core;

/// <summary>The indexes of an array of jobs: <c>1-1000</c>, <c>1-100:2</c> for every second one, <c>1,5,9</c>, or several of these.</summary>
public static class IndexList
{
    /// <summary>The most indexes of an array.</summary>
    public const int Max = 100_000;

    /// <summary>What a text has to be.</summary>
    public const string Expected = "expected indexes such as 1-1000, 1-100:2 or 1,5,9, each once and at most 100,000 of them";

    /// <summary>The indexes in the order in which they are written; null when it is none, too many, or one is there twice.</summary>
    public static IReadOnlyList<int>? TryParse(string text)
    {
        var indexes = new List<int>();
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
                || indexes.Count + 1 + ((long)to - from) / step > Max
            )
            {
                return null;
            }

            for (long index = from; index <= to; index += step)
            {
                indexes.Add((int)index);
            }
        }

        // Of an array with a key two jobs of one index would be the same job.
        return new HashSet<int>(indexes).Count == indexes.Count ? indexes : null;
    }

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
