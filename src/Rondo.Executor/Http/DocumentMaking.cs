using Rondo.Core;

namespace Rondo.Executor.Http;

/// <summary>Turns what the core says into what JSON says.</summary>
internal static class DocumentMaking
{
    /// <summary>The job as a document; without its trail for lists.</summary>
    public static JobDocument ToDocument(this JobView view, bool withTrail = true) =>
        new()
        {
            Id = view.Id.ToString(),
            Name = view.Terms.Name,
            Group = view.Terms.Group,
            Kind = view.Terms.Kind == JobKind.Command ? "command" : "handler",
            Handler = view.Terms.Handler,
            Summary = view.Terms.Summary,
            Priority = view.Terms.Priority,
            Labels = ToDocument(view.Terms.Labels),
            Requires = ToDocument(view.Terms.Requires),
            Index = view.Terms.Index,
            State = view.State.ToText(),
            Reason = view.Reason,
            Error = view.Error,
            Home = view.Id.Home.ToString(),
            Holder = view.Holder.ToString(),
            Attempt = view.Attempt.Value,
            Crashes = view.Crashes,
            ExitCode = view.ExitCode,
            Signal = view.Signal,
            ResultBytesDropped = view.ResultBytesDropped > 0 ? view.ResultBytesDropped : null,
            ErrorBytesDropped = view.ErrorBytesDropped > 0 ? view.ErrorBytesDropped : null,
            SubmittedAt = view.SubmittedAt.UtcDateTime,
            StartedAt = view.StartedAt?.UtcDateTime,
            FinishedAt = view.FinishedAt?.UtcDateTime,
            StartAt = view.StartAt?.UtcDateTime,
            NextAttemptAt = view.NextAttemptAt?.UtcDateTime,
            Timeout = view.Terms.TimeLimit is { } limit ? DurationText.Of(limit.Timeout) : null,
            KillGrace = view.Terms.TimeLimit is { } grace ? DurationText.Of(grace.KillGrace) : null,
            Retries = view.Terms.Retries is { } retries ? ToDocument(retries, view.RetriesUsed) : null,
            OnExecutorLoss = view.Terms.FailOnExecutorLoss ? "fail" : null,
            Progress = view.Progress is { } said ? new ProgressDocument(said.Percent, said.Text, said.At.UtcDateTime) : null,
            After = view.Terms.After.Count > 0 ? [.. view.Terms.After.Zip(view.Dependencies, ToDocument)] : null,
            Concurrency = view.Terms.Concurrency is { } cap ? new ConcurrencyDocument(cap.Key, cap.Max) : null,
            IdempotencyKey = view.Terms.IdempotencyKey,
            Retention = view.Terms.Retention is { } retention ? DurationText.Of(retention) : null,
            RetryOf = view.Terms.RetryOf?.ToString(),
            CancelRequested = view.CancelRequested,
            Trail = withTrail ? [.. view.Trail.Select(ToDocument)] : null,
        };

    /// <summary>The ring as a document.</summary>
    public static RingDocument ToDocument(this RingView view, ExecutorId self) =>
        new(
            [.. view.Executors.Select(ToDocument)],
            new TokenDocument(view.Generation.ToString(), view.Lap, view.LapTime?.TotalMilliseconds, view.TravelTime?.TotalMilliseconds),
            view.Spread,
            self.ToString()
        );

    /// <summary>The problem as a document.</summary>
    public static ProblemDocument ToDocument(this HttpProblem problem) =>
        new(problem.Type, problem.Title, problem.Status, problem.Message, problem.Executor?.ToString(), Texts(problem.Ids));

    private static string[]? Texts(IReadOnlyList<JobId> ids) => ids.Count == 0 ? null : [.. ids.Select(id => id.ToString())];

    /// <summary>The state as clients write it.</summary>
    public static string ToText(this JobState state) =>
        state switch
        {
            JobState.Scheduled => "scheduled",
            JobState.Waiting => "waiting",
            JobState.Running => "running",
            JobState.Succeeded => "succeeded",
            JobState.Failed => "failed",
            JobState.Cancelled => "cancelled",
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    /// <summary>The condition as clients write it.</summary>
    public static string ToText(this DependencyCondition condition) =>
        condition switch
        {
            DependencyCondition.Success => "success",
            DependencyCondition.Failure => "failure",
            DependencyCondition.End => "end",
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    private static RetriesDocument ToDocument(RetryPolicy policy, int used) =>
        new(
            policy.Max,
            used,
            DurationText.Of(policy.Backoff),
            policy.Factor,
            DurationText.Of(policy.MaxBackoff),
            policy.Jitter,
            policy.ExitCodes.Count > 0 ? [.. policy.ExitCodes] : null,
            policy.Exceptions.Count > 0 ? [.. policy.Exceptions] : null
        );

    private static Dictionary<string, string>? ToDocument(EquatableList<Label> labels) =>
        labels.Count > 0 ? labels.ToDictionary(label => label.Key, label => label.Value) : null;

    private static DependencyDocument ToDocument(Dependency dependency, DependencyState state) =>
        new(
            dependency.Id.ToString(),
            dependency.When.ToText(),
            state switch
            {
                DependencyState.Pending => "pending",
                DependencyState.Succeeded => "succeeded",
                DependencyState.Failed => "failed",
                DependencyState.Cancelled => "cancelled",
                DependencyState.Unknown => "unknown",
                _ => throw new System.Diagnostics.UnreachableException(),
            }
        );

    /// <summary>A line of the trail as a document.</summary>
    public static TrailDocument ToDocument(this TrailEntry entry) =>
        new(entry.At.UtcDateTime, entry.Event, entry.Executor.ToString(), entry.Detail);

    private static ExecutorDocument ToDocument(RingMemberView executor) =>
        new(
            executor.Member.Id.ToString(),
            executor.Member.Name,
            executor.Member.HttpAddress,
            executor.Member.RingAddress,
            executor.State switch
            {
                ExecutorState.Alive => "alive",
                ExecutorState.Suspected => "suspected",
                ExecutorState.Draining => "draining",
                _ => throw new System.Diagnostics.UnreachableException(),
            },
            executor.Running,
            executor.Waiting,
            executor.Slots,
            executor.Member.Incarnation.Value
        );
}
