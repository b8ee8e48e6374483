using Rondo.Core;

namespace Rondo.Executor.Http;

/// <summary>Why a request was not carried out, as the client is told (RFC 9457). Ends the handling of the request when thrown.</summary>
internal sealed class HttpProblem(string type, string title, int status, string detail) : Exception(detail)
{
    private const string Prefix = "urn:rondo:";

    /// <summary>A stable name for programs.</summary>
    public string Type { get; } = Prefix + type;

    /// <summary>The kind of problem, for people.</summary>
    public string Title { get; } = title;

    /// <summary>The HTTP status.</summary>
    public int Status { get; } = status;

    /// <summary>The executor that the problem is about; null for none.</summary>
    public ExecutorId? Executor { get; private init; }

    /// <summary>Those jobs of an array that were taken all the same.</summary>
    public IReadOnlyList<JobId> Ids { get; private init; } = [];

    /// <summary>After how many seconds trying again makes sense; null when it does not.</summary>
    public int? RetryAfterSeconds { get; private init; }

    public static HttpProblem BadRequest(string detail) => new("bad_request", "The request is not right", 400, detail);

    public static HttpProblem NotFound(string detail) => new("not_found", "There is no such thing", 404, detail);

    public static HttpProblem MethodNotAllowed(string detail) =>
        new("method_not_allowed", "This path does not take this method", 405, detail);

    public static HttpProblem NotFinished(string detail) => new("not_finished", "The job has not ended yet", 409, detail);

    public static HttpProblem NotRunning(string detail) => new("not_running", "The job does not run", 409, detail);

    public static HttpProblem NotRetryable(string detail) => new("not_retryable", "There is nothing to run again", 409, detail);

    public static HttpProblem TooLarge(string detail) => new("too_large", "The request is too large", 413, detail);

    public static HttpProblem Full(string detail) => new("full", "The executor is full", 429, detail) { RetryAfterSeconds = 1 };

    public static HttpProblem Damaged(string detail) => new("damaged", "Stored data is damaged", 500, detail);

    public static HttpProblem Internal(string detail) => new("internal", "An error of the executor", 500, detail);

    public static HttpProblem Draining(string detail) =>
        new("draining", "The executor takes no jobs", 503, detail) { RetryAfterSeconds = 1 };

    public static HttpProblem Unavailable(ExecutorId executor, string detail) =>
        new("executor_unavailable", "An executor does not answer", 503, detail) { Executor = executor, RetryAfterSeconds = 1 };

    /// <summary>The same problem, with more said of it.</summary>
    public HttpProblem With(string detail, IReadOnlyList<JobId> taken) =>
        new(Type[Prefix.Length..], Title, Status, detail)
        {
            Executor = Executor,
            RetryAfterSeconds = RetryAfterSeconds,
            Ids = taken,
        };

    /// <summary>What another executor said.</summary>
    public static HttpProblem Of(ProblemDocument document) =>
        new(
            document.Type.StartsWith(Prefix, StringComparison.Ordinal) ? document.Type[Prefix.Length..] : document.Type,
            document.Title,
            document.Status,
            document.Detail
        )
        {
            Executor = ExecutorId.TryParse(document.Executor, out var executor) ? executor : null,
            RetryAfterSeconds = document.Status is 429 or 503 ? 1 : null,
        };

    public static HttpProblem Refused(Answer.Refused refused) =>
        refused.Why switch
        {
            Refusal.Draining => Draining(refused.Message),
            Refusal.Full => Full(refused.Message),
            Refusal.KeyConflict => new("idempotency_conflict", "The idempotency key belongs to another job", 409, refused.Message),
            Refusal.NotRunning => NotRunning(refused.Message),
            Refusal.UnknownExecutor => NotFound(refused.Message),
            Refusal.StillAlive => BadRequest(refused.Message),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
}
