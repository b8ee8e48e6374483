using System.Globalization;

namespace Rondo.Core;

/// <summary>
/// The id of a job, <c>&lt;home&gt;-&lt;n&gt;</c> such as <c>k7q2-42</c>: the executor that accepted it and answers for it, and
/// that executor's running number, from 1.
/// </summary>
public readonly record struct JobId(ExecutorId Home, long Number) : IComparable<JobId>
{
    /// <summary>Reads an id.</summary>
    /// <exception cref="FormatException">The text is not an id.</exception>
    public static JobId Parse(ReadOnlySpan<char> text) =>
        TryParse(text, out var id)
            ? id
            : throw new FormatException($"'{text}' is not a job id: expected an executor id, a dash and a number, such as k7q2-42");

    /// <summary>Reads an id; false when the text is not one.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out JobId id)
    {
        id = default;
        var dash = text.IndexOf('-');
        var digits = text[(dash + 1)..];

        // A job has one id: no zeros before the number, and none of what the parser of numbers lets pass behind it.
        if (
            dash < 0
            || digits.StartsWith('0')
            || digits.ContainsAnyExceptInRange('0', '9')
            || !ExecutorId.TryParse(text[..dash], out var home)
            || !long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            || number < 1
        )
        {
            return false;
        }

        id = new JobId(home, number);
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(JobId other) => Home == other.Home ? Number.CompareTo(other.Number) : Home.CompareTo(other.Home);

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator <(JobId left, JobId right) => left.CompareTo(right) < 0;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator >(JobId left, JobId right) => left.CompareTo(right) > 0;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator <=(JobId left, JobId right) => left.CompareTo(right) <= 0;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator >=(JobId left, JobId right) => left.CompareTo(right) >= 0;

    /// <summary>Writes the id as UTF-8 text; false when the buffer is too short for it.</summary>
    public bool TryFormat(Span<byte> utf8, out int written) =>
        System.Text.Unicode.Utf8.TryWrite(utf8, CultureInfo.InvariantCulture, $"{Home.ToString()}-{Number}", out written);

    /// <summary>The id as people write it.</summary>
    public override string ToString() => $"{Home}-{Number}";
}
