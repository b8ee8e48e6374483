namespace Rondo.Core;

/// <summary>Before when a job must not start.</summary>
public abstract record StartTime
{
    private StartTime() { }

    /// <summary>Not before this time, by the home's wall clock.</summary>
    public sealed record At(DateTimeOffset Time) : StartTime;

    /// <summary>Not before this long after the job was accepted.</summary>
    public sealed record After(TimeSpan Delay) : StartTime;

    /// <summary>The time that is meant, for a job that was accepted then.</summary>
    public DateTimeOffset From(DateTimeOffset acceptedAt) =>
        this switch
        {
            At at => at.Time,
            After after => after.Delay < DateTimeOffset.MaxValue - acceptedAt ? acceptedAt + after.Delay : DateTimeOffset.MaxValue,
            _ => throw new System.Diagnostics.UnreachableException(),
        };
}
