using Rondo.Core;

namespace Rondo.Simulation;

/// <summary>What the checks remember of one job.</summary>
internal sealed class JobTrack(JobId id, JobPlan plan)
{
    public JobId Id => id;

    public JobPlan Plan => plan;

    /// <summary>A client was given the id.</summary>
    public bool Told { get; set; }

    /// <summary>A client was told the final state.</summary>
    public bool ToldFinal { get; set; }

    public bool CancelRequested { get; set; }

    /// <summary>Its home has that on its disk.</summary>
    public bool CancelNoted { get; set; }

    /// <summary>The starts that are durable, and where.</summary>
    public List<(ExecutorId Executor, Attempt Attempt)> StartsRecorded { get; } = [];

    public int Executions { get; set; }

    /// <summary>When its latest execution ends by itself; 0 before the first.</summary>
    public long RunEndsAt { get; set; }

    /// <summary>Told when the next execution will end.</summary>
    public Action<long>? OnNextStart { get; set; }

    /// <summary>How often an executor crashed while it ran the job.</summary>
    public int Crashes { get; set; }

    /// <summary>How often an executor crashed that had recorded the start of the job, whether it got to run it or not.</summary>
    public int CrashesByRecord { get; set; }

    /// <summary>How often an executor noted such a crash.</summary>
    public int CrashesNoted { get; set; }

    /// <summary>How often an executor stopped in an orderly way while it ran the job.</summary>
    public int Interruptions { get; set; }

    /// <summary>How often the home took the job back from an executor that might still have it.</summary>
    public int Rescues { get; set; }

    /// <summary>
    /// How often an executor stopped that had passed the job on while whoever had offered it did not know that it was accepted: its next
    /// start does not know either, is offered the job anew, and takes it. Or it let go of a job whose home had left, and was offered it anew.
    /// </summary>
    public int Forgettings { get; set; }

    /// <summary>How often the home recorded that another attempt follows a failed one.</summary>
    public int Retries { get; set; }

    /// <summary>When the home accepted it.</summary>
    public long AcceptedAt { get; init; }

    public Record.Finished? Final { get; set; }

    /// <summary>One that must not be begun twice is not after its executor ended while it ran.</summary>
    public int MayExecute => 1 + (Plan.Terms.FailOnExecutorLoss ? 0 : Crashes + Interruptions) + Rescues + Forgettings + Retries;
}
