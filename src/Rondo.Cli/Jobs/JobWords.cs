using Rondo.Client;

namespace Rondo.Cli;

/// <summary>How a job is told to people, and what its end means for an exit code.</summary>
internal static class JobWords
{
    public static int ExitCodeOf(Job job) =>
        job.State switch
        {
            JobState.Succeeded => ExitCodes.Ok,
            JobState.Cancelled => ExitCodes.Cancelled,
            _ => ExitCodes.JobFailed,
        };

    /// <summary>How it ended in a few words, such as <c>failed with exit code 3</c>.</summary>
    public static string Ending(Job job) =>
        job switch
        {
            { State: JobState.Succeeded or JobState.Cancelled } => job.State.ToWord(),
            { State: JobState.Failed, ExitCode: { } code } => $"failed with exit code {code}",
            { State: JobState.Failed, Signal: { } signal } => $"was ended by signal {signal}",
            { State: JobState.Failed } => "failed: " + (job.Error ?? job.Reason ?? "no reason is known"),
            _ => $"is {job.State.ToWord()}",
        };

    public static string Label(Job job) => job.Name ?? job.Summary ?? "";

    /// <summary>How long it ran, or has been running.</summary>
    public static string Duration(Job job, DateTimeOffset now) =>
        job.StartedAt is not { } started ? "" : Durations.Format((job.FinishedAt ?? now) - started);
}
