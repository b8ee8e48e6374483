using Rondo.Core;

namespace Rondo.Executor.Handlers;

/// <summary>Puts the ends of handlers into the words of the core.</summary>
internal static class HandlerOutcome
{
    /// <summary>The longest text of an exception that is kept, in characters.</summary>
    public const int ErrorMaxLength = 16 * 1024;

    /// <summary>The handler returned.</summary>
    /// <param name="type">The media type of the result; null for bytes of which nothing is known.</param>
    public static Outcome Returned(ReadOnlyMemory<byte> result, string? type = null) =>
        new() { End = JobEnd.Succeeded, Output = result.IsEmpty ? JobOutput.Empty : new JobOutput(result, default, ResultType: type) };

    /// <summary>The handler returned more than is kept. A part of a result would be none.</summary>
    public static Outcome ReturnedTooMuch(long bytes, long maxBytes) =>
        Failed($"the handler returned {bytes} bytes, and this executor keeps results of at most {maxBytes} (OutputMaxBytes)");

    /// <summary>The handler threw: the type, the message and the stack are the job's error.</summary>
    public static Outcome Threw(Exception error)
    {
        var text = error.ToString();
        return Failed(text.Length <= ErrorMaxLength ? text : text[..(ErrorMaxLength - 1)] + "…") with
        {
            Exception = error.GetType().FullName,
        };
    }

    /// <summary>This executor has no such handler.</summary>
    public static Outcome Unknown(string? name) =>
        new()
        {
            End = JobEnd.Failed,
            Reason = Reasons.CannotStart,
            Error = $"this executor has no handler named {name}",
        };

    /// <summary>It never ran.</summary>
    public static Outcome Interrupted() => Failed("the executor stops") with { Reason = Reasons.CannotStart };

    /// <summary>It was cancelled and did not return.</summary>
    public static Outcome GivenUp(TimeSpan grace) =>
        Failed($"the handler was cancelled and did not return within {grace.TotalSeconds:0.###} s");

    /// <summary>It was cancelled because it took longer than it may, in whatever way it then ended.</summary>
    public static Outcome OutOfTime(Outcome outcome, TimeLimit limit) =>
        outcome with
        {
            Reason = Reasons.Timeout,
            Error = $"it took longer than {DurationText.Of(limit.Timeout)} and was cancelled",
            Exception = null,
        };

    private static Outcome Failed(string error) =>
        new()
        {
            End = JobEnd.Failed,
            Reason = Reasons.HandlerError,
            Error = error,
        };
}
