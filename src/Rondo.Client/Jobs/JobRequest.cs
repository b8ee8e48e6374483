using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rondo.Client;

/// <summary>A job to be submitted: exactly one of <see cref="Command"/> and <see cref="Handler"/> is given.</summary>
public sealed record JobRequest
{
    /// <summary>A program and its arguments; the program is found on the executor's <c>PATH</c>.</summary>
    public IReadOnlyList<string>? Command { get; init; }

    /// <summary>Environment variables of the command, in addition to the executor's own.</summary>
    public IReadOnlyDictionary<string, string>? Env { get; init; }

    /// <summary>The directory on the executor's machine in which the command runs.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>The command's standard input as text; at most one of this and <see cref="StdinBytes"/>.</summary>
    public string? Stdin { get; init; }

    /// <summary>The command's standard input as bytes.</summary>
    [JsonPropertyName("stdinBase64")]
    public byte[]? StdinBytes { get; init; }

    /// <summary>The name of a handler that executors registered.</summary>
    public string? Handler { get; init; }

    /// <summary>The handler's input, any JSON.</summary>
    public JsonElement? Payload { get; init; }

    /// <summary>A name to find the job by; need not be unique.</summary>
    public string? Name { get; init; }

    /// <summary>A group to find the job by.</summary>
    public string? Group { get; init; }

    /// <summary>Higher runs first; 0 when null.</summary>
    public int? Priority { get; init; }

    /// <summary><c>rerun</c> (the default) or <c>fail</c>: what is to be done when the executor that runs the job never returns.</summary>
    public string? OnExecutorLoss { get; init; }
}

/// <summary>What came of one job of a batch: an id, or the problem that kept it from being accepted.</summary>
/// <param name="Id">The id; null when it was refused.</param>
/// <param name="Problem">Why it was refused; null when it was accepted.</param>
public sealed record SubmitOutcome(string? Id, RondoException? Problem);

/// <summary>Which jobs a list shows; without any condition, all of them.</summary>
public sealed record JobQuery
{
    /// <summary>Only jobs in this state.</summary>
    public JobState? State { get; init; }

    /// <summary>Only jobs with this name.</summary>
    public string? Name { get; init; }

    /// <summary>Only jobs of this group.</summary>
    public string? Group { get; init; }

    /// <summary>How many jobs a page has at most; executors have a bound of their own.</summary>
    public int PageSize { get; init; } = 50;
}

/// <summary>A part of a list of jobs, newest first.</summary>
/// <param name="Jobs">The jobs, without their trails.</param>
/// <param name="NextCursor">Where the next page begins; null at the end.</param>
/// <param name="Unreachable">Executors whose jobs are missing, since they could not be asked.</param>
public sealed record JobPage(IReadOnlyList<Job> Jobs, string? NextCursor, IReadOnlyList<string>? Unreachable);
