namespace Rondo.Core;

/// <summary>
/// Splits the whole load among the executors: first so that their slots fill up evenly above what runs already (max-min fairness, by
/// water filling), then what is beyond all slots by weight. The remainder goes to those that have the most already, so that fewest jobs move.
/// </summary>
internal static class FairShare
{
    /// <summary>Rings up to this size are worked out without allocating more than the answer.</summary>
    private const int OnStack = 64;

    private const long WaitingBit = 1L << 31;
    private const long GiverBit = 1L << 30;
    private const long IndexBits = GiverBit - 1;

    /// <summary>The share of each row, in the rows' order. A draining executor has what runs there, and no more.</summary>
    /// <param name="giver">The place of who works it out.</param>
    public static int[] Of(ReadOnlySpan<LoadRow> rows, int giver)
    {
        var shares = new int[rows.Length];
        Of(rows, giver, shares);
        return shares;
    }

    /// <summary>The same, into a place that is kept.</summary>
    /// <param name="shares">As long as there are rows.</param>
    public static void Of(ReadOnlySpan<LoadRow> rows, int giver, Span<int> shares)
    {
        shares.Clear();
        var among = rows.Length <= OnStack ? stackalloc int[OnStack] : new int[rows.Length];
        var total = 0;
        var count = 0;
        for (var i = 0; i < rows.Length; i++)
        {
            total += rows[i].Load;
            if (rows[i].Draining)
            {
                shares[i] = rows[i].Running;
                total -= shares[i];
            }
            else
            {
                among[count++] = i;
            }
        }

        among = among[..count];
        if (count == 0)
        {
            return;
        }

        var open = rows.Length <= OnStack ? stackalloc int[OnStack] : new int[rows.Length];
        among.CopyTo(open);
        open = open[..count];
        var rest = Fix(rows, ref open, total, shares);
        Split(rows, rest > 0 && open.IsEmpty ? among : open, rest, giver, shares);
    }

    /// <summary>
    /// Fixes the shares of those whose part of the rest is less than what runs there, which cannot move, or more than their slots; they
    /// leave <paramref name="open"/>. In each round only one of the two bounds is sure, the one that weighs more: fixing what is at the
    /// other might turn out wrong (as in the sizing of flexible boxes, CSS Flexible Box Layout 9.7).
    /// </summary>
    private static int Fix(ReadOnlySpan<LoadRow> rows, ref Span<int> open, int rest, Span<int> shares)
    {
        bool changed;
        do
        {
            changed = false;
            var weights = WeightOf(rows, open);
            var before = rest;
            var beyond = Beyond(rows, open, rest, weights);
            for (var i = open.Length - 1; i >= 0; i--)
            {
                var row = rows[open[i]];
                var part = (long)before * row.Weight;
                int share;
                if (beyond >= 0 && part < Fixed(row) * weights)
                {
                    share = (int)Fixed(row);
                }
                else if (beyond <= 0 && part >= (long)row.Slots * weights)
                {
                    share = row.Slots;
                }
                else
                {
                    continue;
                }

                shares[open[i]] = share;
                rest -= share;
                open[(i + 1)..].CopyTo(open[i..]);
                open = open[..^1];
                changed = true;
            }
        } while (changed && !open.IsEmpty);
        return rest;
    }

    /// <summary>How much more the bounds would have all get together than there is; less than nothing when slots leave some over.</summary>
    private static long Beyond(ReadOnlySpan<LoadRow> rows, ReadOnlySpan<int> open, int rest, int weights)
    {
        var beyond = 0L;
        foreach (var i in open)
        {
            var part = (long)rest * rows[i].Weight;
            beyond += Math.Clamp(part, Fixed(rows[i]) * weights, (long)rows[i].Slots * weights) - part;
        }

        return beyond;
    }

    /// <summary>The jobs of an executor that stay where they are. What is on its way there may move on.</summary>
    private static long Fixed(LoadRow row) => Math.Min(row.Running, row.Slots);

    private static void Split(ReadOnlySpan<LoadRow> rows, ReadOnlySpan<int> among, int rest, int giver, Span<int> shares)
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

        // Those that are furthest above their part come first. Among equals those where none waits, since what runs or is on its way
        // there should not move again; then the order of the ring; and whoever is about to give last, since it can do so now.
        var byExcess = among.Length <= OnStack ? stackalloc long[OnStack] : new long[among.Length];
        byExcess = byExcess[..among.Length];
        for (var i = 0; i < among.Length; i++)
        {
            var row = rows[among[i]];
            byExcess[i] =
                ((long)(shares[among[i]] - row.Load) << 32)
                | (row.Waiting > 0 ? WaitingBit : 0)
                | (among[i] == giver ? GiverBit : 0)
                | (uint)among[i];
        }

        byExcess.Sort();
        for (var i = 0; i < left; i++)
        {
            shares[(int)(byExcess[i % byExcess.Length] & IndexBits)]++;
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
