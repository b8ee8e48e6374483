using System.Buffers;
using System.Globalization;

namespace Rondo.Cli;

/// <summary>Durations as people write them (<c>1m30s</c>) and as they read them.</summary>
internal static class Durations
{
    public const string Expected = "expected a number with a unit, such as 500ms, 30s, 1m30s or 2h";

    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789.");

    private static readonly (string Unit, double Seconds)[] Units = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600), ("d", 86400)];

    /// <summary>Reads parts such as <c>1m30s</c>; false for anything else, a bare number among it.</summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        var rest = text.AsSpan().Trim();
        if (rest.IsEmpty)
        {
            return false;
        }

        var seconds = 0.0;
        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExcept(NumberCharacters);
            if (
                digits <= 0
                || !double.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            )
            {
                return false;
            }

            rest = rest[digits..];
            var letters = rest.IndexOfAnyInRange('0', '9');
            var unit = letters < 0 ? rest : rest[..letters];
            if (!TryUnit(unit, out var factor))
            {
                return false;
            }

            seconds += number * factor;
            rest = letters < 0 ? default : rest[letters..];
        }

        if (seconds > TimeSpan.FromDays(365).TotalSeconds)
        {
            return false;
        }

        duration = TimeSpan.FromSeconds(seconds);
        return true;
    }

    /// <summary>A duration in about three characters of meaning: <c>84ms</c>, <c>3.2s</c>, <c>4m12s</c>, <c>3h05m</c>, <c>2d4h</c>.</summary>
    public static string Format(TimeSpan duration) =>
        duration.TotalSeconds switch
        {
            < 0 => "0ms",
            < 1 => $"{(int)duration.TotalMilliseconds}ms",
            < 10 => $"{Math.Floor(duration.TotalSeconds * 10) / 10:0.0}s",
            < 60 => $"{(int)duration.TotalSeconds}s",
            < 3600 => $"{duration.Minutes}m{duration.Seconds:00}s",
            < 86400 => $"{duration.Hours}h{duration.Minutes:00}m",
            _ => $"{duration.Days}d{duration.Hours}h",
        };

    private static bool TryUnit(ReadOnlySpan<char> text, out double seconds)
    {
        foreach (var (unit, factor) in Units)
        {
            if (text.SequenceEqual(unit))
            {
                seconds = factor;
                return true;
            }
        }

        seconds = 0;
        return false;
    }
}
