using Cronos;

namespace Rondo.Executor.Crons;

/// <summary>
/// The times of a cron, by the wall clock of its zone. When clocks go forward, what falls into the gap happens right after it; when they
/// go back, a fixed time happens once and an interval goes on evenly (as Vixie cron has it; the work is Cronos').
/// </summary>
internal sealed class CronSchedule
{
    /// <summary>The most times that <see cref="Latest"/> gives.</summary>
    public const int LatestMax = 1_000;

    private static readonly TimeSpan FirstLookBack = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestLookBack = TimeSpan.FromDays(366 * 9);

    private readonly CronExpression _expression;
    private readonly TimeZoneInfo _zone;

    private CronSchedule(CronExpression expression, TimeZoneInfo zone) => (_expression, _zone) = (expression, zone);

    /// <summary>Reads a schedule.</summary>
    /// <param name="expression">Five fields, six with seconds first, or a word such as <c>@daily</c>.</param>
    /// <param name="timeZone">An IANA name such as <c>Europe/Berlin</c>.</param>
    /// <param name="problem">What is wrong with it, and what would be right; null when nothing is.</param>
    public static CronSchedule? Parse(string expression, string timeZone, out string? problem)
    {
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(timeZone, out var zone))
        {
            problem =
                $"\"timeZone\" is \"{timeZone}\": expected a name such as Europe/Berlin or UTC"
                + (
                    TimeZoneInfo.TryFindSystemTimeZoneById("Europe/Berlin", out _) ? "" : "; this machine has no time zones: install tzdata"
                );
            return null;
        }

        var fields = expression.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length is not (5 or 6) && !expression.StartsWith('@'))
        {
            problem = Wrong(expression, $"it has {fields.Length} {(fields.Length == 1 ? "field" : "fields")}.");
            return null;
        }

        try
        {
            problem = null;
            return new CronSchedule(
                CronExpression.Parse(expression, fields.Length == 6 ? CronFormat.IncludeSeconds : CronFormat.Standard),
                zone
            );
        }
        catch (CronFormatException error)
        {
            problem = Wrong(expression, error.Message);
            return null;
        }
    }

    private static string Wrong(string expression, string why) =>
        $"\"cron\" is \"{expression}\": {why} Expected minute, hour, day of month, month and day of week such as "
        + "\"30 2 * * MON-FRI\", with seconds before them if wanted, or @hourly, @daily, @weekly, @monthly, @yearly";

    /// <summary>The first time after this one; null when there is none any more.</summary>
    public DateTimeOffset? Next(DateTimeOffset after) =>
        _expression.GetNextOccurrence(after.UtcDateTime, _zone) is { } next ? new DateTimeOffset(next, TimeSpan.Zero) : null;

    /// <summary>The last times after one and up to another, in order; at most so many.</summary>
    /// <remarks>However long the stretch is, only its end is looked at, in steps that double.</remarks>
    public IReadOnlyList<DateTimeOffset> Latest(DateTimeOffset after, DateTimeOffset upTo, int most)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(most, LatestMax);
        for (var lookBack = FirstLookBack; ; lookBack *= 2)
        {
            var whole = upTo - after <= lookBack;
            var found = Between(whole ? after : upTo - lookBack, upTo);
            if (whole || found.Count >= most || lookBack > LongestLookBack)
            {
                return found.Count > most ? found[^most..] : found;
            }
        }
    }

    private List<DateTimeOffset> Between(DateTimeOffset after, DateTimeOffset upTo)
    {
        var times = new List<DateTimeOffset>();
        for (var next = Next(after); next is { } time && time <= upTo; next = Next(time))
        {
            times.Add(time);
        }

        return times;
    }
}
