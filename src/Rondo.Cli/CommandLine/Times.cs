using System.Globalization;

namespace Rondo.Cli;

/// <summary>Moments as people write them.</summary>
internal static class Times
{
    public const string Expected = "expected 22:30, 2026-01-31T22:30 (local time) or 2026-01-31T22:30:00Z";

    private static readonly string[] LocalForms =
    [
        "yyyy-MM-dd'T'HH:mm",
        "yyyy-MM-dd'T'HH:mm:ss",
        "yyyy-MM-dd HH:mm",
        "yyyy-MM-dd HH:mm:ss",
        "yyyy-MM-dd",
    ];

    private static readonly string[] FullForms = ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd HH:mm:ss.FFFFFFFK"];

    private static readonly string[] ClockForms = ["HH:mm", "H:mm", "HH:mm:ss"];

    /// <summary>A time of day alone is the next such moment.</summary>
    public static bool TryParse(string text, TimeProvider clock, out DateTimeOffset time)
    {
        var culture = CultureInfo.InvariantCulture;
        if (DateTime.TryParseExact(text, LocalForms, culture, DateTimeStyles.None, out var local))
        {
            time = OfLocal(local, clock);
            return true;
        }

        if (TimeOnly.TryParseExact(text, ClockForms, culture, DateTimeStyles.None, out var hour))
        {
            var now = clock.GetLocalNow();
            time = OfLocal(now.Date + hour.ToTimeSpan(), clock);
            time = time > now ? time : OfLocal(now.Date.AddDays(1) + hour.ToTimeSpan(), clock);
            return true;
        }

        // Only with its zone, since without one it would have been local.
        return DateTimeOffset.TryParseExact(text, FullForms, culture, DateTimeStyles.AssumeUniversal, out time)
            && (text.EndsWith('Z') || text.LastIndexOfAny(['+', '-']) > text.IndexOf(':'));
    }

    /// <summary>One that <see cref="TryParse"/> takes, by this clock.</summary>
    public static DateTimeOffset Parse(string text, TimeProvider clock) =>
        TryParse(text, clock, out var time) ? time : throw new FormatException($"'{text}' is not a time: {Expected}");

    /// <summary>In UTC, as it is sent: a zone's offset says nothing to an executor.</summary>
    private static DateTimeOffset OfLocal(DateTime local, TimeProvider clock) =>
        new DateTimeOffset(local, clock.LocalTimeZone.GetUtcOffset(local)).ToUniversalTime();
}
