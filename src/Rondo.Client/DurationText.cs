using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rondo.Client;

/// <summary>Durations as people and the HTTP interface write them: numbers with units, such as <c>500ms</c>, <c>30s</c> or <c>1h30m</c>.</summary>
public static class DurationText
{
    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789.");

    private static readonly (string Unit, double Seconds)[] Units = [("d", 86400), ("h", 3600), ("m", 60), ("s", 1), ("ms", 0.001)];

    /// <summary>What is expected of a text, for messages.</summary>
    public const string Expected = "expected a number with a unit, such as 500ms, 30s, 1m30s, 2h or 7d";

    /// <summary>The longest duration that is read, which is the longest that executors take.</summary>
    public static TimeSpan Max { get; } = TimeSpan.FromDays(10_000);

    /// <summary>Reads parts such as <c>1m30s</c>; false for anything else, among it a bare number and what is longer than <see cref="Max"/>.</summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        var rest = text.AsSpan().Trim();
        var seconds = 0.0;
        var isAny = false;
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
            var end = rest.IndexOfAnyInRange('0', '9');
            var unit = end < 0 ? rest : rest[..end];
            if (SecondsOf(unit) is not { } factor)
            {
                return false;
            }

            isAny = true;
            seconds += number * factor;
            rest = end < 0 ? default : rest[end..];
        }

        if (!isAny || seconds > Max.TotalSeconds)
        {
            return false;
        }

        duration = TimeSpan.FromSeconds(seconds);
        return true;
    }

    /// <summary>The exact duration in whole milliseconds, in as few parts as it has: <c>1h30m</c>, <c>1s500ms</c>, <c>0s</c>.</summary>
    public static string Format(TimeSpan duration)
    {
        var text = new StringBuilder();
        foreach (
            var (amount, unit) in (ReadOnlySpan<(int, string)>)
                [
                    (duration.Days, "d"),
                    (duration.Hours, "h"),
                    (duration.Minutes, "m"),
                    (duration.Seconds, "s"),
                    (duration.Milliseconds, "ms"),
                ]
        )
        {
            if (amount > 0)
            {
                text.Append(CultureInfo.InvariantCulture, $"{amount}{unit}");
            }
        }

        return text.Length == 0 ? "0s" : text.ToString();
    }

    private static double? SecondsOf(ReadOnlySpan<char> text)
    {
        foreach (var (unit, seconds) in Units)
        {
            if (text.SequenceEqual(unit))
            {
                return seconds;
            }
        }

        return null;
    }
}

/// <summary>Durations in JSON are texts.</summary>
internal sealed class DurationConverter : JsonConverter<TimeSpan>
{
    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetString() is { } text && DurationText.TryParse(text, out var duration)
            ? duration
            : throw new JsonException($"not a duration: {DurationText.Expected}");

    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) =>
        writer.WriteStringValue(DurationText.Format(value));
}
