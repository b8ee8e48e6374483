using System.Globalization;

namespace Rondo.Chaos.Checks;

/// <summary>What the jobs noted themselves: each start of each, by which executor, and whether it came to its end.</summary>
internal sealed class AttemptLog
{
    private readonly Dictionary<string, List<Started>> _byNonce = [];

    public static AttemptLog Read(string path)
    {
        var log = new AttemptLog();
        foreach (var line in File.Exists(path) ? File.ReadLines(path) : [])
        {
            var words = line.Split(' ');
            if (words.Length != 8)
            {
                throw new InvalidDataException($"{path}: '{line}' is not a note of a job");
            }

            var at = long.Parse(words[6], CultureInfo.InvariantCulture);
            var starts = log._byNonce.TryGetValue(words[1], out var known) ? known : log._byNonce[words[1]] = [];
            if (words[0] == "S")
            {
                starts.Add(new Started(words[2], int.Parse(words[3], CultureInfo.InvariantCulture), words[4], words[5], at));
            }
            else
            {
                starts.Single(start => start.Own == words[5]).EndedAt = at;
            }
        }

        return log;
    }

    public IEnumerable<string> Nonces => _byNonce.Keys;

    /// <summary>The starts of a job, in the order of time.</summary>
    public IReadOnlyList<Started> Of(string nonce) =>
        _byNonce.TryGetValue(nonce, out var starts) ? [.. starts.OrderBy(start => start.At)] : [];

    /// <summary>One start.</summary>
    /// <param name="Own">What this attempt alone has drawn, and prints.</param>
    internal sealed record Started(string Id, int Attempt, string Executor, string Own, long At)
    {
        public long? EndedAt { get; set; }
    }
}
