namespace Rondo.Cli;

/// <summary>Finds the word that was meant.</summary>
internal static class NearestWord
{
    /// <summary><c>. Did you mean 'ring'?</c>, or nothing when no word is near.</summary>
    public static string Hint(string word, IEnumerable<string> known) =>
        Of(word, known) is { } nearest ? $". Did you mean '{nearest}'?" : "";

    /// <summary>The known word that is meant most likely; null when none is near.</summary>
    public static string? Of(string word, IEnumerable<string> known)
    {
        var best = known.Select(each => (each, Distance: Distance(word, each))).OrderBy(each => each.Distance).FirstOrDefault();
        return best.each is not null && best.Distance <= Math.Max(1, word.Length / 3) ? best.each : null;
    }

    /// <summary>The number of letters to insert, drop, replace or swap with a neighbour (optimal string alignment).</summary>
    private static int Distance(string left, string right)
    {
        var cost = new int[left.Length + 1, right.Length + 1];
        for (var i = 0; i <= left.Length; i++)
        {
            for (var j = 0; j <= right.Length; j++)
            {
                cost[i, j] =
                    i == 0 || j == 0
                        ? i + j
                        : Math.Min(
                            Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1,
                            cost[i - 1, j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1)
                        );
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                {
                    cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
                }
            }
        }

        return cost[left.Length, right.Length];
    }
}
