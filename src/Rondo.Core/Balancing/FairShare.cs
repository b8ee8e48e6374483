namespace Rondo.Core;

/// <summary>
/// Splits the whole load among the executors: first so that their slots fill up evenly (max-min fairness, by water filling), then
/// what is beyond all slots by weight. The remainder goes to those that have the most already, so that fewest jobs move.
/// </summary>
internal static class FairShare
{
    /// <summary>Rings up to this size are worked out without allocating more than the answer.</summary>
    private const int OnStack = 64;

    /// <summary>The share of each row, in the rows' order. A draining executor has none.</summary>
    public static int[] Of(ReadOnlySpan<LoadRow> rows)
    {
        var shares = new int[rows.Length];
        var among = rows.Length <= OnStack ? stackalloc int[OnStack] : new int[rows.Length];
        var total = 0;
        var count = 0;
        for (var i = 0; i < rows.Length; i++)
        {
            total += rows[i].Load;
            if (!rows[i].Draining)
            {
                among[count++] = i;
            }
        }

        among = among[..count];
        if (count == 0)
        {
            return shares;
        }

        var open = rows.Length <= OnStack ? stackalloc int[OnStack] : new int[rows.Length];
        among.CopyTo(open);
        open = open[..count];
        var rest = FillSlots(rows, ref open, total, shares);
        Split(rows, rest > 0 && open.IsEmpty ? among : open, rest, shares);
        return shares;
    }

    /// <summary>Fills the slots of those whose part of the rest is more than their slots; they leave <paramref name="open"/>.</summary>
    private static int FillSlots(ReadOnlySpan<LoadRow> rows, ref Span<int> open, int rest, int[] shares)
    {
        bool filled;
        do
        {
            filled = false;
            var weights = WeightOf(rows, open);
            var before = rest;
            for (var i = open.Length - 1; i >= 0; i--)
            {
                var row = rows[open[i]];
                if ((long)before * row.Weight >= (long)row.Slots * weights)
                {
                    shares[open[i]] = Math.Min(row.Slots, rest);
                    rest -= shares[open[i]];
                    open[(i + 1)..].CopyTo(open[i..]);
                    open = open[..^1];
                    filled = true;
                }
            }
        } while (filled && !open.IsEmpty);
        return rest;
    }

    private static void Split(ReadOnlySpan<LoadRow> rows, ReadOnlySpan<int> among, int rest, int[] shares)
    {
        if (rest == 0 || among.IsEmpty)
        {
            return;
        }

        var weights = WeightOf(rows, among);
        var left = rest;
        foreach (var i in among)
        {
            var part = (int)((long)rest * rows[i].Weight / weights);
            shares[i] += part;
            left -= part;
        }

        if (left == 0)
        {
            return;
        }

        // Those that are furthest above their part come first; the order of the ring decides among equals.
        var byExcess = among.Length <= OnStack ? stackalloc long[OnStack] : new long[among.Length];
        byExcess = byExcess[..among.Length];
        for (var i = 0; i < among.Length; i++)
        {
            byExcess[i] = ((long)(shares[among[i]] - rows[among[i]].Load) << 32) | (uint)among[i];
        }

        byExcess.Sort();
        for (var i = 0; i < left; i++)
        {
            shares[(int)(uint)byExcess[i % byExcess.Length]]++;
        }
    }

    private static int WeightOf(ReadOnlySpan<LoadRow> rows, ReadOnlySpan<int> indexes)
    {
        var weight = 0;
        foreach (var i in indexes)
        {
            weight += rows[i].Weight;
        }

        return weight;
    }
}
