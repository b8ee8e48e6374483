namespace Rondo.Core;

/// <summary>A job that is handed in again and again, as its home keeps it. When, is known to whoever reads the definition.</summary>
/// <param name="Name">By which clients know it; one of this name in the ring.</param>
/// <param name="Definition">The schedule and the job, as UTF-8 JSON.</param>
/// <param name="SetAt">When this definition was given; tells it from another one of the same name.</param>
/// <param name="Through">All scheduled times up to this one are done with: fired, or left out.</param>
/// <param name="FiredFor">The scheduled time of the last firing; null before the first.</param>
/// <param name="LastJob">The job that the last firing handed in.</param>
public sealed record Cron(
    string Name,
    ReadOnlyMemory<byte> Definition,
    DateTimeOffset SetAt,
    DateTimeOffset Through,
    DateTimeOffset? FiredFor = null,
    JobId? LastJob = null
)
{
    /// <summary>The executor that keeps this cron, of which this is a copy that does not fire; null where it is kept itself.</summary>
    public ExecutorId? CopyOf { get; init; }
}

/// <summary>A cron, and the executor that it belongs to now.</summary>
public sealed record CronView(Cron Cron, Member Owner);
