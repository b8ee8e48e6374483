using Rondo.Client;

namespace Rondo.Cli;

/// <summary>How a job is told to people, and what its end means for an exit code.</summary>
internal static class JobWords
{
    /// <summary>For several jobs: not final counts before failed, failed before cancelled.</summary>
    public static int ExitCodeOf(IReadOnlyCollection<Job> jobs) =>
        jobs.Any(job => !job.IsFinal) ? ExitCodes.TimedOut
        : jobs.Any(job => job.State == JobState.Failed) ? ExitCodes.JobFailed
        : jobs.Any(job => job.State == JobState.Cancelled) ? ExitCodes.Cancelled
        : ExitCodes.Ok;

    /// <summary>How it ended in a few words, such as <c>failed with exit code 3</c>.</summary>
    public static string Ending(Job job) =>
        job switch
        {
            { State: JobState.Succeeded or JobState.Cancelled } => job.State.ToWord(),
            { State: JobState.Failed, ExitCode: { } code, Reason: not "cannot_start" } => $"failed with exit code {code}",
            { State: JobState.Failed, Signal: { } signal } => $"was ended by signal {signal}",
            { State: JobState.Failed } => "failed: " + (job.Error ?? job.Reason ?? "no reason is known"),
            _ => $"is {job.State.ToWord()}",
        };

    public static string Label(Job job) => job.Name ?? job.Summary ?? "";

    /// <summary>How long it ran, or has been running.</summary>
    public static string Duration(Job job, DateTimeOffset now) =>
        job.StartedAt is not { } started ? "" : Durations.Format((job.FinishedAt ?? now) - started);
}
