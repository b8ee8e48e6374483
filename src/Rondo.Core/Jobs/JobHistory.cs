namespace Rondo.Core;

/// <summary>Reads a job out of its records.</summary>
public static class JobHistory
{
    /// <summary>The job after the last of these records, as the executor that wrote them knew it.</summary>
    /// <param name="self">The executor that wrote the records.</param>
    /// <param name="records">All of the job's records, in the order in which they were written; at least one.</param>
    /// <exception cref="InvalidOperationException">The records do not begin with Accepted or Held.</exception>
    public static JobView View(ExecutorId self, IReadOnlyList<Record.OfJob> records)
    {
        ArgumentOutOfRangeException.ThrowIfZero(records.Count, nameof(records));
        return Job.Replay(self, records).ToView();
    }
}
