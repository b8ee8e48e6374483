using System.Globalization;

namespace Rondo.Cli;

/// <summary>When a map gives up: after so many failures, letting those that run finish or not.</summary>
internal sealed record HaltRule(int Failures, bool IsNow)
{
    public static HaltRule Never { get; } = new(int.MaxValue, false);

    /// <summary>Reads the words of GNU parallel: <c>never</c>, <c>soon</c>, <c>now</c>, <c>soon,fail=3</c>; null for anything else.</summary>
    public static HaltRule? TryParse(string text)
    {
        var parts = text.Split(',');
        var failures = 1;
        if (parts.Length == 2)
        {
            var isCount =
                parts[1].StartsWith("fail=", StringComparison.Ordinal)
                && int.TryParse(parts[1]["fail=".Length..], NumberStyles.None, CultureInfo.InvariantCulture, out failures)
                && failures > 0;
            if (!isCount)
            {
                return null;
            }
        }

        return (parts.Length, parts[0]) switch
        {
            (1, "never") => Never,
            (<= 2, "soon") => new HaltRule(failures, IsNow: false),
            (<= 2, "now") => new HaltRule(failures, IsNow: true),
            _ => null,
        };
    }
}
