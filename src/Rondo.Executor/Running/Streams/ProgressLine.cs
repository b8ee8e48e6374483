using System.Globalization;
using System.Text;
using Rondo.Core;

namespace Rondo.Executor.Running.Streams;

/// <summary>A line by which a command says how far it is: a number from 0 to 100, a text, or both.</summary>
internal readonly record struct ProgressLine(double? Percent, string? Text)
{
    /// <summary>Reads a line; null when there is nothing in it.</summary>
    public static ProgressLine? Parse(ReadOnlySpan<byte> line)
    {
        var text = Encoding.UTF8.GetString(line).Trim();
        var space = text.IndexOfAny([' ', '\t']);
        var first = space < 0 ? text : text[..space];
        var isNumber =
            double.TryParse(first.TrimEnd('%'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent)
            && percent is >= 0 and <= 100;
        var rest =
            !isNumber ? text
            : space < 0 ? ""
            : text[space..].Trim();
        return text.Length == 0 ? null : new ProgressLine(isNumber ? percent : null, Cut(rest));
    }

    /// <summary>As much of a text as is passed on; null when there is none.</summary>
    public static string? Cut(string? text) =>
        text is null or "" ? null
        : text.Length <= JobProgress.TextMaxLength ? text
        : text[..JobProgress.TextMaxLength];
}
