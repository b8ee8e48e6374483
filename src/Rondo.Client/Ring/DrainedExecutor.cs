namespace Rondo.Client;

/// <summary>What stays in the data directory of an executor that is drained.</summary>
/// <param name="Scheduled">
/// Its jobs that wait for a time or for other jobs. With any of them it stays a member of the ring: they go on when it is started again
/// on its data, and are lost when it is removed.
/// </param>
/// <param name="NextAt">When the first of them is due; null when none waits for a time.</param>
/// <param name="Crons">Recurring jobs that no other executor could take.</param>
public sealed record DrainedExecutor(int Scheduled, DateTimeOffset? NextAt, int Crons)
{
    /// <summary>Jobs that wait for an executor, and that no other one could take. They stay there like those that are scheduled.</summary>
    public int Waiting { get; init; }
}
