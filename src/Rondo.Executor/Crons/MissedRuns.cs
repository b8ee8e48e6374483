namespace Rondo.Executor.Crons;

/// <summary>What becomes of the times at which a cron could not fire, since its home was down or its clock jumped.</summary>
internal enum MissedRuns
{
    /// <summary>They are left out.</summary>
    Skip,

    /// <summary>However many there are, the last one is made up for.</summary>
    Once,

    /// <summary>All are made up for, in order, up to the last <see cref="CronSchedule.LatestMax"/>.</summary>
    All,
}

/// <summary>What a cron has to do at a moment.</summary>
/// <param name="Times">The scheduled times to fire for, in order.</param>
/// <param name="Through">All scheduled times up to this one are done with once it has fired.</param>
/// <param name="Next">When to look again; null for never.</param>
internal readonly record struct Firing(IReadOnlyList<DateTimeOffset> Times, DateTimeOffset Through, DateTimeOffset? Next)
{
    /// <summary>A firing that is not later than this counts as on time.</summary>
    public static readonly TimeSpan OnTime = TimeSpan.FromSeconds(60);

    /// <summary>A clock that was set back by more than this was wrong before: the cron begins anew from what it says now.</summary>
    public static readonly TimeSpan ClockWasWrong = TimeSpan.FromHours(2);

    /// <summary>Decides.</summary>
    /// <param name="through">All scheduled times up to this one are done with.</param>
    public static Firing Decide(CronSchedule schedule, MissedRuns missed, DateTimeOffset through, DateTimeOffset now)
    {
        if (through > now + ClockWasWrong)
        {
            through = now;
        }

        if (through > now)
        {
            // The clock was set back a little: these times have had their turn.
            return new Firing([], through, schedule.Next(through));
        }

        var due = schedule.Latest(through, now, missed == MissedRuns.All ? CronSchedule.LatestMax : 1);
        if (due.Count == 0)
        {
            return new Firing([], through, schedule.Next(now));
        }

        var last = due[^1];
        var late = missed == MissedRuns.Skip && now - last > OnTime;
        return new Firing(late ? [] : due, last, schedule.Next(last));
    }
}
