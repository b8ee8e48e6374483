using System.Globalization;
using Rondo.Core;

namespace Rondo.Executor.Http.Jobs;

/// <summary>Says in sentences why a job waits, or is where it is.</summary>
internal static class Explanation
{
    /// <summary>All that helps to understand the job.</summary>
    public static ExplanationDocument Of(JobView job, RingView ring, DateTimeOffset now) =>
        new(
            job.Id.ToString(),
            job.State.ToText(),
            job.Reason,
            Text(job, ring, now),
            [.. job.Trail.Select(DocumentMaking.ToDocument)],
            [.. ring.Executors.Select(executor => Fitness(job, executor))]
        );

    private static string Text(JobView job, RingView ring, DateTimeOffset now)
    {
        var text = job.State switch
        {
            JobState.Scheduled => Scheduled(job, now),
            JobState.Waiting => Waiting(job, ring),
            JobState.Running => Running(job, now),
            JobState.Succeeded => $"It succeeded on {job.Holder}{Duration(job)}, in attempt {job.Attempt}.",
            JobState.Failed when job.Attempt.Value == 0 => $"It failed before it was started: {Failure(job)}.",
            JobState.Failed => $"It failed on {job.Holder}{Duration(job)}, in attempt {job.Attempt}: {Failure(job)}.",
            JobState.Cancelled => "A client cancelled it.",
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        return job.CancelRequested && !job.IsFinal
            ? $"{text} A client asked to cancel it; {job.Holder} has not said yet that it ended."
            : text;
    }

    private static string Scheduled(JobView job, DateTimeOffset now) =>
        job.Reason switch
        {
            Reasons.StartTime => $"It is not to start before {When(job.NextAttemptAt, now)}.",
            Reasons.RetryBackoff => $"Attempt {job.Attempt} failed ({job.Error}); the next one comes {When(job.NextAttemptAt, now)}. "
                + $"{job.RetriesUsed} of {job.Terms.Retries?.Max} retries are used.",
            Reasons.WaitingForDependencies => $"Jobs that it depends on have not ended: {string.Join(", ", NotEnded(job))}.",
            Reasons.WaitingForConcurrency => $"As many jobs of the key '{job.Terms.Concurrency?.Key}' run as may at once "
                + $"({job.Terms.Concurrency?.Max}).",
            var reason => $"It is not to start yet ({reason}).",
        };

    private static IEnumerable<JobId> NotEnded(JobView job) =>
        job.Terms.After.Zip(job.Dependencies).Where(each => each.Second == DependencyState.Pending).Select(each => each.First.Id);

    private static string Waiting(JobView job, RingView ring)
    {
        if (job.Reason == Reasons.NoExecutorCanRunIt)
        {
            return "No executor that answers can run it; what speaks against each is said below. It starts once one can.";
        }

        var able = ring.Executors.Count(executor => CanRun(job, executor));
        var taken = able == 1 ? "The executor that can run it has" : $"The {able} executors that can run it have";
        return job.Holder == job.Id.Home
            ? $"{taken} no free slot for it. Jobs of higher priority than {job.Terms.Priority}, and older ones, go first."
            : $"{job.Holder} has it, and starts it when a slot is free there. Jobs of higher priority than {job.Terms.Priority}, and older ones, go first.";
    }

    private static string Running(JobView job, DateTimeOffset now)
    {
        var since = job.StartedAt is { } startedAt && now > startedAt ? $", for {Length(now - startedAt)}" : "";
        var limit = job.Terms.TimeLimit is { } time ? $"; it may take {DurationText.Of(time.Timeout)}" : "";
        var said = job.Progress is { } progress
            ? " It says: "
                + string.Join(' ', new[] { progress.Percent is { } percent ? $"{percent:0.#} %" : null, progress.Text }.OfType<string>())
                + "."
            : "";
        return string.Create(CultureInfo.InvariantCulture, $"{job.Holder} runs it in attempt {job.Attempt}{since}{limit}.{said}");
    }

    private static string Failure(JobView job) =>
        job.Error?.Split('\n', 2)[0].TrimEnd('.')
        ?? (job.ExitCode is { } code ? $"exit code {code}" : null)
        ?? job.Reason
        ?? "no reason is known";

    private static string Duration(JobView job) =>
        job is { StartedAt: { } startedAt, FinishedAt: { } finishedAt } && finishedAt > startedAt
            ? $" after {Length(finishedAt - startedAt)}"
            : "";

    private static string When(DateTimeOffset? time, DateTimeOffset now) =>
        time is not { } known ? "at a time that is not known"
        : known > now ? $"{known.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}, in {Length(known - now)}"
        : $"{known.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}, which is now";

    private static string Length(TimeSpan length) =>
        DurationText.Of(length < TimeSpan.FromSeconds(10) ? length : TimeSpan.FromSeconds(Math.Floor(length.TotalSeconds)));

    private static bool CanRun(JobView job, RingMemberView executor) =>
        executor.State == ExecutorState.Alive && executor.Member.Capabilities.CanRun(job.Terms);

    private static FitnessDocument Fitness(JobView job, RingMemberView executor) =>
        new(
            executor.Member.Id.ToString(),
            CanRun(job, executor),
            executor.Member.Capabilities.WhyNot(job.Terms)
                ?? executor.State switch
                {
                    ExecutorState.Suspected => "it does not answer",
                    ExecutorState.Draining => "it takes no more jobs",
                    _ => $"{executor.Running} of {executor.Slots} slots taken, {executor.Waiting} jobs waiting",
                }
        );
}
