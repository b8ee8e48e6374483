namespace Rondo.Core;

/// <summary>What a job runs as: which executors can run it depends on this.</summary>
public enum JobKind
{
    /// <summary>A program with arguments, started as a child process.</summary>
    Command,

    /// <summary>A named piece of .NET code in the executor's own process.</summary>
    Handler,
}

/// <summary>What the scheduler needs to know of a job. What the job does is in its <see cref="JobContent"/>, which the core never reads.</summary>
public sealed record JobTerms
{
    /// <summary>Command or handler.</summary>
    public required JobKind Kind { get; init; }

    /// <summary>The handler's name; null for a command.</summary>
    public string? Handler { get; init; }

    /// <summary>A short text for lists: the command line or the handler's name.</summary>
    public required string Summary { get; init; }

    /// <summary>The name that the client gave; null when it gave none.</summary>
    public string? Name { get; init; }

    /// <summary>The group that the client gave; null when it gave none.</summary>
    public string? Group { get; init; }

    /// <summary>How far from 0 the <see cref="Priority"/> of a job that is handed in may be: further than anybody counts, and one bound for all clients.</summary>
    public const int PriorityMax = 1000;

    /// <summary>Higher runs first; 0 by default. A job that an earlier release took may have any.</summary>
    public int Priority { get; init; }

    /// <summary>True when the job must fail, not run again, once its holder ended while it ran, or is gone for good (<c>onExecutorLoss: fail</c>).</summary>
    public bool FailOnExecutorLoss { get; init; }

    /// <summary>To find the job by, sorted by key; each key once.</summary>
    public EquatableList<Label> Labels { get; init; } = EquatableList<Label>.Empty;

    /// <summary>What an executor must have among its own labels to run the job, sorted by key.</summary>
    public EquatableList<Label> Requires { get; init; } = EquatableList<Label>.Empty;

    /// <summary>Before when it must not start; null for at once.</summary>
    public StartTime? Start { get; init; }

    /// <summary>What follows an attempt that failed; null when nothing does.</summary>
    public RetryPolicy? Retries { get; init; }

    /// <summary>How long an attempt may take; null for as long as it likes.</summary>
    public TimeLimit? TimeLimit { get; init; }

    /// <summary>By which a repetition of the same request is known; null for none.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>Of all that was handed in, to tell a repetition from another job with the same key; 0 without a key.</summary>
    public ulong Digest { get; init; }

    /// <summary>The jobs that must have ended first.</summary>
    public EquatableList<Dependency> After { get; init; } = EquatableList<Dependency>.Empty;

    /// <summary>How many jobs of its kind may run at the same time; null for any number.</summary>
    public ConcurrencyLimit? Concurrency { get; init; }

    /// <summary>How long it is kept once it has ended; null for as long as the executor keeps all.</summary>
    public TimeSpan? Retention { get; init; }

    /// <summary>Its place in the array that it was handed in with, or the number that its client gave it.</summary>
    public int? Index { get; init; }

    /// <summary>The job that this one runs again; null for none.</summary>
    public JobId? RetryOf { get; init; }

    /// <summary>True when whoever can run one of the two can run the other.</summary>
    internal bool AsksForTheSameAs(JobTerms other) =>
        ReferenceEquals(this, other)
        || (
            Kind == other.Kind
            && Handler == other.Handler
            && RingProtocol.Of(this) == RingProtocol.Of(other)
            && Requires.Equals(other.Requires)
        );

    /// <summary>True when all of these are among the job's labels.</summary>
    public bool HasLabels(EquatableList<Label> wanted)
    {
        for (var i = 0; i < wanted.Count; i++)
        {
            if (!Labels.Contains(wanted[i]))
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>What a job does, in bytes that only the client and the runner understand.</summary>
/// <param name="Definition">The command with its environment and directory, as UTF-8 JSON.</param>
/// <param name="Input">Standard input of a command, or the payload of a handler.</param>
public record JobContent(ReadOnlyMemory<byte> Definition, ReadOnlyMemory<byte> Input)
{
    /// <summary>The size of both parts in bytes.</summary>
    public virtual long Size => (long)Definition.Length + Input.Length;

    /// <summary>Content of no bytes.</summary>
    public static JobContent Empty { get; } = new(default, default);
}

/// <summary>The content of a job that is large and not in memory: the store has it, by the job's id, under a record that was written before.</summary>
/// <param name="Bytes">The size of both parts in bytes.</param>
public sealed record StoredContent(long Bytes) : JobContent(default, default)
{
    /// <inheritdoc/>
    public override long Size => Bytes;
}
