using System.Text.Json;

namespace Rondo.Client;

/// <summary>Why a job waits, or is where it is.</summary>
public sealed record JobExplanation
{
    /// <summary>The job's id.</summary>
    public required string Id { get; init; }

    /// <summary>Its state.</summary>
    public JobState State { get; init; }

    /// <summary>The reason in one word, such as <c>waiting_for_slot</c>; null when there is nothing to say.</summary>
    public string? Reason { get; init; }

    /// <summary>The reason in sentences for people.</summary>
    public string? Text { get; init; }

    /// <summary>Its history, oldest first.</summary>
    public IReadOnlyList<TrailEntry>? Trail { get; init; }

    /// <summary>Every executor of the ring, and whether it could run the job.</summary>
    public IReadOnlyList<ExecutorFitness>? Executors { get; init; }
}

/// <summary>Whether an executor could run a job.</summary>
/// <param name="Id">The executor's id.</param>
/// <param name="CanRun">True when it could.</param>
/// <param name="Why">What speaks for it or against it.</param>
public sealed record ExecutorFitness(string Id, bool CanRun, string? Why);

/// <summary>What came of cancelling a group.</summary>
/// <param name="Cancelled">How many jobs were asked to end.</param>
/// <param name="Unreachable">Executors that could not be asked; their jobs of the group go on.</param>
public sealed record GroupCancellation(int Cancelled, IReadOnlyList<string>? Unreachable)
{
    /// <summary>As one line of JSON, with the names that the HTTP interface uses.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, ClientJson.Readable.GroupCancellation);
}
