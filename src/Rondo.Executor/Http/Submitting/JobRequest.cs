using System.Globalization;
using Rondo.Core;
using Rondo.Executor.Running;

namespace Rondo.Executor.Http.Submitting;

/// <summary>What a client hands in, as it was read from JSON and before it was checked.</summary>
internal sealed class JobRequest
{
    public const int SummaryMaxLength = 200;

    public List<string>? Command { get; set; }
    public Dictionary<string, string>? Env { get; set; }
    public string? WorkingDirectory { get; set; }
    public ReadOnlyMemory<byte>? Stdin { get; set; }
    public ReadOnlyMemory<byte>? StdinBase64 { get; set; }
    public string? Handler { get; set; }
    public ReadOnlyMemory<byte>? Payload { get; set; }
    public ReadOnlyMemory<byte>? PayloadBase64 { get; set; }
    public string? Name { get; set; }
    public string? Group { get; set; }
    public int Priority { get; set; }
    public bool FailOnExecutorLoss { get; set; }
    public EquatableList<Label>? Labels { get; set; }
    public EquatableList<Label>? Requires { get; set; }
    public DateTimeOffset? StartAt { get; set; }
    public TimeSpan? Delay { get; set; }
    public RetryPolicy? Retries { get; set; }
    public TimeSpan? Timeout { get; set; }
    public TimeSpan? KillGrace { get; set; }
    public string? IdempotencyKey { get; set; }
    public List<DependencyRequest>? After { get; set; }

    /// <summary>By what other lines of the same batch name this job in <see cref="After"/>.</summary>
    public string? Ref { get; set; }
    public ConcurrencyLimit? Concurrency { get; set; }
    public TimeSpan? Retention { get; set; }
    public int? Index { get; set; }

    /// <summary>The indexes of the jobs that this stands for; null for a single job.</summary>
    public IReadOnlyList<int>? Array { get; set; }

    /// <summary>What of its JSON was decoded in its place; null for nothing.</summary>
    public DecodedText? Decoded { get; set; }

    /// <summary>The JSON that it was read from.</summary>
    /// <param name="kept">The memory that it was read from.</param>
    public JobJson Json(ReadOnlyMemory<byte> kept) => Decoded?.Undo(kept, Input) ?? new JobJson(kept);

    /// <summary>What is wrong with the fields taken together; null when they make a job.</summary>
    public string? Problem() =>
        this switch
        {
            { Command: null, Handler: null } =>
                "a job needs either \"command\", a list of a program and its arguments, or \"handler\", a name",
            { Command: not null, Handler: not null } => "\"command\" and \"handler\" exclude each other",
            { Handler: not null, Env: not null } => "\"env\" goes with \"command\", not with \"handler\"",
            { Handler: not null, WorkingDirectory: not null } => "\"workingDirectory\" goes with \"command\", not with \"handler\"",
            { Stdin: not null, StdinBase64: not null } => "\"stdin\" and \"stdinBase64\" exclude each other",
            { Payload: not null, PayloadBase64: not null } => "\"payload\" and \"payloadBase64\" exclude each other",
            { Handler: not null, Stdin: not null } or { Handler: not null, StdinBase64: not null } =>
                "\"stdin\" goes with \"command\"; a handler takes \"payload\"",
            { Command: not null, Payload: not null } or { Command: not null, PayloadBase64: not null } =>
                "\"payload\" goes with \"handler\"; a command takes \"stdin\"",
            { StartAt: not null, Delay: not null } => "\"startAt\" and \"delay\" exclude each other",
            { KillGrace: not null, Timeout: null } =>
                "\"killGrace\" goes with \"timeout\": it is what a job has after that to end by itself",
            { Array: not null, Index: not null } => "\"array\" and \"index\" exclude each other",
            { Array: not null } => KeyProblem(),
            _ => null,
        };

    private string? KeyProblem() =>
        IdempotencyKey?.Length + 1 + Array!.Max().ToString(CultureInfo.InvariantCulture).Length > JobOptionsReader.KeyMaxLength
            ? $"\"idempotencyKey\" is too long for an array: with / and the index it has at most {JobOptionsReader.KeyMaxLength} characters"
            : null;

    /// <summary>True when a key says which executor has to take the job.</summary>
    public bool HasKey => IdempotencyKey is not null || Concurrency is not null;

    /// <summary>Takes the idempotency key of the request's head.</summary>
    /// <exception cref="HttpProblem">The job itself has another one.</exception>
    public void Repeat(string? key)
    {
        if (key is not null && IdempotencyKey is not null && key != IdempotencyKey)
        {
            throw HttpProblem.BadRequest(
                $"{SubmitEndpoint.KeyHeader} is '{key}', but \"idempotencyKey\" is '{IdempotencyKey}': give one of them, or the same twice"
            );
        }

        IdempotencyKey ??= key;
        if (Array is not null && KeyProblem() is { } problem)
        {
            throw HttpProblem.BadRequest(problem);
        }
    }

    /// <summary>What the scheduler needs to know; of an array what its jobs have in common.</summary>
    /// <param name="resolve">Knows the jobs of a batch that <see cref="After"/> names; null when there is no batch.</param>
    /// <exception cref="HttpProblem">There is no such job, or there are too many.</exception>
    public JobTerms ToTerms(Func<string, IReadOnlyList<JobId>>? resolve = null)
    {
        List<Dependency> after = [.. After?.SelectMany(after => Resolve(after, resolve)) ?? []];
        if (after.Count > JobOptionsReader.DependenciesMax)
        {
            throw HttpProblem.BadRequest(
                $"\"after\" names {after.Count} jobs, with all those of arrays: at most {JobOptionsReader.DependenciesMax} are possible"
            );
        }

        if ((long)after.Count * (Array?.Count ?? 1) > JobOptionsReader.ArrayDependenciesMax)
        {
            throw HttpProblem.BadRequest(
                $"each of {Array!.Count} jobs would wait for {after.Count} others: at most {JobOptionsReader.ArrayDependenciesMax} of these "
                    + "are possible in one array; have one job wait for them all, and the array for that one"
            );
        }

        return ToTermsAlone() with
        {
            After = after.Count == 0 ? EquatableList<Dependency>.Empty : new EquatableList<Dependency>([.. after]),
        };
    }

    /// <summary>The terms of one job of the array.</summary>
    /// <param name="all">What its jobs have in common.</param>
    public static JobTerms OfIndex(JobTerms all, int index) =>
        all with
        {
            Index = index,
            IdempotencyKey = all.IdempotencyKey is { } key ? string.Create(CultureInfo.InvariantCulture, $"{key}/{index}") : null,
        };

    private JobTerms ToTermsAlone() =>
        new()
        {
            Kind = Handler is null ? JobKind.Command : JobKind.Handler,
            Handler = Handler,
            Summary = Summarize(),
            Name = Name,
            Group = Group,
            Priority = Priority,
            FailOnExecutorLoss = FailOnExecutorLoss,
            Labels = Labels ?? EquatableList<Label>.Empty,
            Requires = Requires ?? EquatableList<Label>.Empty,
            Start =
                StartAt is { } time ? new StartTime.At(time)
                : Delay is { } delay ? new StartTime.After(delay)
                : null,
            Retries = Retries is { Max: > 0 } ? Retries : null,
            TimeLimit = Timeout is { } timeout ? new TimeLimit(timeout, KillGrace ?? TimeLimit.DefaultGrace) : null,
            IdempotencyKey = IdempotencyKey,
            Concurrency = Concurrency,
            Retention = Retention,
            Index = Index,
        };

    /// <summary>What the runner needs to know.</summary>
    public JobContent ToContent() => new(Command is null ? default : Define(Command).ToUtf8(), Input);

    private ReadOnlyMemory<byte> Input => Stdin ?? StdinBase64 ?? Payload ?? PayloadBase64 ?? default;

    private static IEnumerable<Dependency> Resolve(DependencyRequest dependency, Func<string, IReadOnlyList<JobId>>? resolve)
    {
        IReadOnlyList<JobId> ids = dependency.Id is { } id
            ? [id]
            : resolve?.Invoke(dependency.Ref!)
                ?? throw HttpProblem.BadRequest($"\"after\" names #{dependency.Ref}: only jobs of one batch can name each other so");
        return ids.Select(id => new Dependency(id, dependency.When));
    }

    private CommandDefinition Define(List<string> command)
    {
        var definition = new CommandDefinition { Command = command };
        return definition with
        {
            Environment = Env ?? definition.Environment,
            WorkingDirectory = WorkingDirectory ?? definition.WorkingDirectory,
        };
    }

    private string Summarize()
    {
        var whole = Handler ?? ShellWords.Join(Command!);
        if (whole.Length <= SummaryMaxLength)
        {
            return whole;
        }

        // A cut between the two halves of a surrogate pair would not be text any more.
        var cut = char.IsHighSurrogate(whole[SummaryMaxLength - 2]) ? SummaryMaxLength - 2 : SummaryMaxLength - 1;
        return whole[..cut] + "…";
    }
}
