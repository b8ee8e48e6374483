using Rondo.Core;

namespace Rondo.Simulation;

/// <summary>One execution of a job. Its serial number travels in the outcome, so that a changed result is seen.</summary>
internal sealed class Run(long serial, JobId id, Attempt attempt, JobPlan plan, Outcome outcome)
{
    public long Serial => serial;

    public JobId Id => id;

    public Attempt Attempt => attempt;

    public JobPlan Plan => plan;

    /// <summary>What it ends with, unless it is stopped before.</summary>
    public Outcome Outcome { get; set; } = outcome;

    /// <summary>Its end was reported to the core, or it died with its executor.</summary>
    public bool Ended { get; set; }

    /// <summary>The store knows how it ended: it will not be repeated because of a crash here.</summary>
    public bool EndIsDurable { get; set; }

    /// <summary>It was told to end, or was interrupted by an orderly stop.</summary>
    public bool Stopped { get; set; }

    public static byte[] Nonce(long serial) => BitConverter.GetBytes(serial);
}
