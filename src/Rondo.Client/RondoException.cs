using System.Net;

namespace Rondo.Client;

/// <summary>An executor's refusal, as its problem document states it.</summary>
public class RondoException : Exception
{
    /// <summary>A refusal without a document.</summary>
    public RondoException(string message)
        : base(message) { }

    /// <summary>A refusal without a document, and what led to it.</summary>
    public RondoException(string message, Exception? innerException)
        : base(message, innerException) { }

    /// <summary>A refusal without a message.</summary>
    public RondoException() { }

    /// <summary>
    /// The problem's type, such as one of <see cref="ProblemTypes"/>; others are in the OpenAPI document, and more may come. Null when the answer was no
    /// problem document.
    /// </summary>
    public string? Type { get; init; }

    /// <summary>The HTTP status; null when there was no answer.</summary>
    public HttpStatusCode? Status { get; init; }

    /// <summary>What was wrong with this request in particular.</summary>
    public string? Detail { get; init; }

    /// <summary>The executor that is needed and cannot be reached, for <see cref="ProblemTypes.ExecutorUnavailable"/>.</summary>
    public string? Executor { get; init; }

    /// <summary>When it makes sense to try again, for <see cref="ProblemTypes.Full"/>.</summary>
    public TimeSpan? RetryAfter { get; init; }
}

/// <summary>None of the addresses could be reached: nothing was accepted by anyone.</summary>
public sealed class RondoUnreachableException : RondoException
{
    /// <summary>Nobody was reached.</summary>
    public RondoUnreachableException() { }

    /// <summary>Nobody was reached.</summary>
    public RondoUnreachableException(string message)
        : base(message) { }

    /// <summary>Nobody was reached, and the last failure.</summary>
    public RondoUnreachableException(string message, Exception? innerException)
        : base(message, innerException) { }

    /// <summary>The addresses that were tried, in this order.</summary>
    public IReadOnlyList<string> Addresses { get; init; } = [];
}

/// <summary>
/// The connection broke after a submission was sent and before its answer came: it may have been accepted or not. One with an idempotency key,
/// its own or one that was made up for it, was repeated for <see cref="RondoClientOptions.OutageTolerance"/> before this; one without is not repeated,
/// since it could then run twice.
/// </summary>
public sealed class RondoUncertainException : RondoException
{
    /// <summary>The fate of a submission is unknown.</summary>
    public RondoUncertainException() { }

    /// <summary>The fate of a submission is unknown.</summary>
    public RondoUncertainException(string message)
        : base(message) { }

    /// <summary>The fate of a submission is unknown, and what broke.</summary>
    public RondoUncertainException(string message, Exception? innerException)
        : base(message, innerException) { }
}

/// <summary>A job whose result was asked for failed, or was cancelled.</summary>
public sealed class RondoJobException : RondoException
{
    /// <summary>A job has no result.</summary>
    public RondoJobException() { }

    /// <summary>A job has no result.</summary>
    public RondoJobException(string message)
        : base(message) { }

    /// <summary>A job has no result, and why.</summary>
    public RondoJobException(string message, Exception? innerException)
        : base(message, innerException) { }

    /// <summary>This job has no result.</summary>
    public RondoJobException(Job job)
        : base(
            $"job {job.Id} {(job.State == JobState.Cancelled ? "was cancelled" : $"failed ({job.Reason})")}: {job.Error ?? "it says no more"}"
        ) => Job = job;

    /// <summary>The job.</summary>
    public Job? Job { get; }
}

/// <summary>The types of problems that executors tell.</summary>
public static class ProblemTypes
{
    /// <summary>The request is wrong; the detail says where.</summary>
    public const string BadRequest = "urn:rondo:bad_request";

    /// <summary>There is no such path, job, executor or cron.</summary>
    public const string NotFound = "urn:rondo:not_found";

    /// <summary>The job has no result yet.</summary>
    public const string NotFinished = "urn:rondo:not_finished";

    /// <summary>The job succeeded: only one that failed or was cancelled can run again.</summary>
    public const string NotRetryable = "urn:rondo:not_retryable";

    /// <summary>The idempotency key was used before, for another job.</summary>
    public const string IdempotencyConflict = "urn:rondo:idempotency_conflict";

    /// <summary>The job's content is beyond the bound.</summary>
    public const string TooLarge = "urn:rondo:too_large";

    /// <summary>
    /// The executor has no room now: too many unfinished jobs, requests that wait or bodies that are read, too little room on its disk, too many crons,
    /// or too many clients that are sent events. <see cref="RondoException.RetryAfter"/> says when to try again.
    /// </summary>
    public const string Full = "urn:rondo:full";

    /// <summary>The executor is leaving and takes no jobs.</summary>
    public const string Draining = "urn:rondo:draining";

    /// <summary>The job's home cannot be reached; it answers when it is back.</summary>
    public const string ExecutorUnavailable = "urn:rondo:executor_unavailable";

    /// <summary>What the executor stored is damaged, and is not handed out as a result.</summary>
    public const string Damaged = "urn:rondo:damaged";
}
