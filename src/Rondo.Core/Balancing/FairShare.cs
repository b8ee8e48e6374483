namespace Rondo.Core;

/// <summary>
/// Splits the whole load among the executors: first so that their slots fill up evenly (max-min fairness, by water filling), then
/// what is beyond all slots by weight. The remainder goes to those that have the most already, so that fewest jobs move.
/// </summary>
internal static class FairShare
{
    /// <summary>The share of each row, in the rows' order. A draining executor has none.</summary>
    public static int[] Of(IReadOnlyList<LoadRow> rows)
    {
        var shares = new int[rows.Count];
        var total = 0;
        var open = new List<int>(rows.Count);
        for (var i = 0; i < rows.Count; i++)
        {
            total += rows[i].Load;
            if (!rows[i].Draining)
            {
                open.Add(i);
            }
        }

        if (open.Count == 0)
        {
            return shares;
        }

        var all = open.ToArray();
        var rest = FillSlots(rows, open, total, shares);
        Split(rows, rest > 0 && open.Count == 0 ? all : open, rest, shares);
        return shares;
    }

    /// <summary>Fills the slots of those whose part of the rest is more than their slots; they leave <paramref name="open"/>.</summary>
    private static int FillSlots(IReadOnlyList<LoadRow> rows, List<int> open, int rest, int[] shares)
    {
        bool filled;
        do
        {
            filled = false;
            var weights = WeightOf(rows, open);
            var before = rest;
            for (var i = open.Count - 1; i >= 0; i--)
            {
                var row = rows[open[i]];
                if ((long)before * row.Weight >= (long)row.Slots * weights)
                {
                    shares[open[i]] = Math.Min(row.Slots, rest);
                    rest -= shares[open[i]];
                    open.RemoveAt(i);
                    filled = true;
                }
            }
        } while (filled && open.Count > 0);
        return rest;
    }

    private static void Split(IReadOnlyList<LoadRow> rows, IReadOnlyList<int> among, int rest, int[] shares)
    {
        if (rest == 0 || among.Count == 0)
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

        var byLoad = among.ToArray();
        Array.Sort(
            byLoad,
            (a, b) =>
            {
                var byExcess = (rows[b].Load - shares[b]).CompareTo(rows[a].Load - shares[a]);
                return byExcess != 0 ? byExcess : a.CompareTo(b);
            }
        );
        for (var i = 0; i < left; i++)
        {
            shares[byLoad[i % byLoad.Length]]++;
        }
    }

    private static int WeightOf(IReadOnlyList<LoadRow> rows, IReadOnlyList<int> indexes)
    {
        var weight = 0;
        foreach (var i in indexes)
        {
            weight += rows[i].Weight;
        }

        return weight;
    }
}
