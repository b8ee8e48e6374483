using System.Globalization;

namespace Rondo.Executor.Http;

/// <summary>How long a client wants to wait: <c>30s</c>, <c>1m30s</c>, <c>500ms</c>, <c>1h</c>.</summary>
internal static class WaitTime
{
    /// <summary>A longer wait ends after this; the client asks again.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    /// <summary>Reads the text; false when it is not a wait. The result is at most <see cref="Longest"/>.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan wait)
    {
        wait = TimeSpan.Zero;
        if (text.IsEmpty)
        {
            return false;
        }

        var milliseconds = 0L;
        while (!text.IsEmpty)
        {
            var digits = text.IndexOfAnyExceptInRange('0', '9');
            if (digits is < 1 or > 9)
            {
                return false;
            }

            var number = long.Parse(text[..digits], CultureInfo.InvariantCulture);
            text = text[digits..];
            var letters = text.IndexOfAnyInRange('0', '9');
            var unit = letters < 0 ? text : text[..letters];
            text = text[unit.Length..];
            long scale = unit switch
            {
                "ms" => 1,
                "s" => 1_000,
                "m" => 60_000,
                "h" => 3_600_000,
                _ => 0,
            };
            if (scale == 0)
            {
                return false;
            }

            milliseconds = Math.Min(milliseconds + (number * scale), (long)Longest.TotalMilliseconds);
        }

        wait = TimeSpan.FromMilliseconds(milliseconds);
        return true;
    }
}
