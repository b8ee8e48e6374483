using System.Globalization;
using System.Text;

namespace Rondo.Executor;

/// <summary>Lengths of time as clients write them: <c>30s</c>, <c>1h30m</c>, <c>500ms</c>, <c>2d</c>.</summary>
internal static class DurationText
{
    /// <summary>The longest that is taken.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(10_000);

    /// <summary>What would be right, for messages.</summary>
    public const string Expected = "a time such as 90s, 1h30m, 500ms or 2d";

    private static readonly (string Unit, long Milliseconds)[] _units =
    [
        ("d", 86_400_000),
        ("h", 3_600_000),
        ("m", 60_000),
        ("s", 1_000),
        ("ms", 1),
    ];

    /// <summary>Reads the text; false when it is not a length of time, or one longer than <see cref="Longest"/>.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        if (text.IsEmpty)
        {
            return false;
        }

        while (!text.IsEmpty)
        {
            var digits = text.IndexOfAnyExceptInRange('0', '9');
            if (digits is < 1 or > 12)
            {
                return false;
            }

            var number = long.Parse(text[..digits], CultureInfo.InvariantCulture);
            text = text[digits..];
            var letters = text.IndexOfAnyInRange('0', '9');
            var unit = letters < 0 ? text : text[..letters];
            text = text[unit.Length..];
            var scale = ScaleOf(unit);
            if (scale == 0 || number > (long)Longest.TotalMilliseconds / scale)
            {
                return false;
            }

            duration += TimeSpan.FromMilliseconds(number * scale);
            if (duration > Longest)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The text that is read as this length, whole milliseconds of it: <c>1h30m</c>.</summary>
    public static string Of(TimeSpan duration)
    {
        var left = (long)duration.TotalMilliseconds;
        var text = new StringBuilder();
        foreach (var (unit, milliseconds) in _units)
        {
            if (left >= milliseconds)
            {
                text.Append(CultureInfo.InvariantCulture, $"{left / milliseconds}{unit}");
                left %= milliseconds;
            }
        }

        return text.Length == 0 ? "0s" : text.ToString();
    }

    private static long ScaleOf(ReadOnlySpan<char> unit)
    {
        foreach (var (name, milliseconds) in _units)
        {
            if (unit.SequenceEqual(name))
            {
                return milliseconds;
            }
        }

        return 0;
    }
}
