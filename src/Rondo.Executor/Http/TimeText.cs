using System.Globalization;

namespace Rondo.Executor.Http;

/// <summary>Times as clients write them: RFC 3339, with their offset from UTC.</summary>
internal static class TimeText
{
    /// <summary>What would be right, for messages.</summary>
    public const string Expected = "a time with its offset from UTC such as 2026-01-31T08:00:00Z or 2026-01-31T09:00:00+01:00";

    /// <summary>False for a time that .NET would take for one of this machine's own zone, or for one of today.</summary>
    public static bool IsWhole(string text) =>
        text.Contains('T') && (text.EndsWith('Z') || (text.Length > 6 && text[^6] is '+' or '-' && text[^3] == ':'));

    /// <summary>Reads a time.</summary>
    public static bool TryParse(string text, out DateTimeOffset time)
    {
        time = default;
        return IsWhole(text) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out time);
    }
}
