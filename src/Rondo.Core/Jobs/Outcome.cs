namespace Rondo.Core;

/// <summary>How a job ended.</summary>
public enum JobEnd
{
    /// <summary>The command exited with 0, or the handler returned.</summary>
    Succeeded,

    /// <summary>Anything else that ended it; the reason says what.</summary>
    Failed,

    /// <summary>A client cancelled it.</summary>
    Cancelled,
}

/// <summary>The final word on a job: recorded once, and never changed.</summary>
public sealed record Outcome
{
    /// <summary>How it ended.</summary>
    public required JobEnd End { get; init; }

    /// <summary>Why, as one of <see cref="Reasons"/>; null when it succeeded.</summary>
    public string? Reason { get; init; }

    /// <summary>A sentence for people; null when there is nothing to add.</summary>
    public string? Error { get; init; }

    /// <summary>
    /// The command's exit code; null when it did not exit by itself. Of one that could not be started, 127 when there is no such program, 126 when it
    /// cannot be executed, as shells say it.
    /// </summary>
    public int? ExitCode { get; init; }

    /// <summary>The number of the signal that ended the command; null when none did.</summary>
    public int? Signal { get; init; }

    /// <summary>The full name of the type of the exception that a handler threw, without its assembly; null when none did.</summary>
    public string? Exception { get; init; }

    /// <summary>What the job wrote.</summary>
    public JobOutput Output { get; init; } = JobOutput.Empty;

    /// <summary>How it ended, in a few words for people.</summary>
    public string ToText() =>
        Error?.Split('\n', 2)[0]
        ?? (ExitCode is { } code ? $"exit code {code}" : null)
        ?? (Signal is { } signal ? $"signal {signal}" : null)
        ?? Reason
        ?? End.ToString();
}

/// <summary>What a job wrote, up to the bound for outputs.</summary>
/// <param name="Result">Standard output of a command, or what a handler returned.</param>
/// <param name="Errors">Standard error of a command.</param>
/// <param name="ResultBytesDropped">Bytes of standard output beyond the bound, which were not kept.</param>
/// <param name="ErrorBytesDropped">Bytes of standard error beyond the bound, which were not kept.</param>
/// <param name="ResultType">The media type of the result; null for bytes of which nothing is known.</param>
public record JobOutput(
    ReadOnlyMemory<byte> Result,
    ReadOnlyMemory<byte> Errors,
    long ResultBytesDropped = 0,
    long ErrorBytesDropped = 0,
    string? ResultType = null
)
{
    /// <summary>Nothing was written.</summary>
    public static JobOutput Empty { get; } = new(default, default);

    /// <summary>The size of what was kept, in bytes.</summary>
    public virtual long Size => (long)Result.Length + Errors.Length;

    /// <summary>All but what was written itself: how much of it is missing, and what it is.</summary>
    public JobOutput WithoutBytes() => this with { Result = default, Errors = default };
}

/// <summary>The output of a job that is large and not in memory: the store has it, by the job's id, under a record that was written before.</summary>
/// <param name="Bytes">The size of what was kept, in bytes.</param>
public sealed record StoredOutput(long Bytes) : JobOutput(default, default)
{
    /// <inheritdoc/>
    public override long Size => Bytes;
}

/// <summary>The reasons that a job's state can have, as clients see them.</summary>
public static class Reasons
{
    /// <summary>The command exited with another code than 0.</summary>
    public const string ExitCode = "exit_code";

    /// <summary>A signal ended the command.</summary>
    public const string Signal = "signal";

    /// <summary>The command could not be started at all.</summary>
    public const string CannotStart = "cannot_start";

    /// <summary>The handler threw.</summary>
    public const string HandlerError = "handler_error";

    /// <summary>The attempt took longer than it may.</summary>
    public const string Timeout = "timeout";

    /// <summary>A job that it depends on ended in another way than it must.</summary>
    public const string DependencyFailed = "dependency_failed";

    /// <summary>The executor crashed while it ran the job, too often to try once more.</summary>
    public const string CrashLimit = "crash_limit";

    /// <summary>The executor that held the job is gone, and the job asked not to run again.</summary>
    public const string ExecutorLost = "executor_lost";

    /// <summary>A client asked for it.</summary>
    public const string CancelledByClient = "cancelled_by_client";

    /// <summary>Its start time has not come; it is scheduled.</summary>
    public const string StartTime = "start_time";

    /// <summary>An attempt failed, and the next one has to wait; it is scheduled.</summary>
    public const string RetryBackoff = "retry_backoff";

    /// <summary>Jobs that it depends on have not ended; it is scheduled.</summary>
    public const string WaitingForDependencies = "waiting_for_dependencies";

    /// <summary>As many jobs of its concurrency key run as may; it is scheduled.</summary>
    public const string WaitingForConcurrency = "waiting_for_concurrency";

    /// <summary>No executor of the ring offers what the job needs; it waits.</summary>
    public const string NoExecutorCanRunIt = "no_executor_can_run_it";

    /// <summary>All slots are taken; it waits.</summary>
    public const string WaitingForSlot = "waiting_for_slot";
}
