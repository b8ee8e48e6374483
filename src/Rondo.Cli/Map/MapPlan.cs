using Rondo.Client;

namespace Rondo.Cli;

/// <summary>What a map is asked to do.</summary>
/// <param name="Job">The jobs without their commands.</param>
/// <param name="MaxInFlight">How many jobs are unfinished at the same time at most.</param>
internal sealed record MapPlan(JobRequest Job, LineTemplate Command, int MaxInFlight, HaltRule Halt, JobLog? Log)
{
    /// <summary>True when the jobs of this map are a group that nobody else has jobs in: it can be cancelled as a whole.</summary>
    public bool HasOwnGroup { get; init; }

    /// <summary>The job of a line; a key that all have in common gets its number.</summary>
    public JobRequest JobOf(MapLine line) =>
        Job with
        {
            Command = line.Command,
            Index = line.Number,
            IdempotencyKey = Job.IdempotencyKey is { } key ? $"{key}/{line.Number}" : null,
        };
}

/// <summary>A line of a map with its number from 1, and what is run for it.</summary>
internal readonly record struct MapLine(int Number, string[] Command);

/// <summary>A line whose job is under way.</summary>
/// <param name="Id">Null once the job was refused.</param>
/// <param name="Job">As it ended; null for one that was not accepted, or never submitted.</param>
internal readonly record struct MapJob(MapLine Line, Task<string?> Id, Task<Job?> Job);

/// <summary>How many lines of a map came to what.</summary>
internal sealed class MapTally
{
    private int _finished;
    private int _succeeded;
    private int _failed;
    private int _cancelled;

    public int Read { get; set; }

    /// <summary>Lines that an earlier run did.</summary>
    public int Skipped { get; set; }

    public bool IsAllRead { get; set; }

    public int Finished => _finished;

    public int Succeeded => _succeeded;

    public int Failed => _failed;

    public int Cancelled => _cancelled;

    public void Add(JobState? state)
    {
        Interlocked.Increment(ref _finished);
        _ = state switch
        {
            JobState.Succeeded => Interlocked.Increment(ref _succeeded),
            JobState.Failed => Interlocked.Increment(ref _failed),
            _ => Interlocked.Increment(ref _cancelled),
        };
    }

    /// <summary>A job that has been counted is worth nothing without its output.</summary>
    public void Lose(JobState state)
    {
        if (state == JobState.Succeeded)
        {
            Interlocked.Decrement(ref _succeeded);
            Interlocked.Increment(ref _failed);
        }
    }

    public string ToText(TimeSpan elapsed)
    {
        List<string> parts = [Read == 1 ? "1 job" : $"{Read} jobs", $"{_succeeded} succeeded"];
        foreach (var (count, word) in ((int, string)[])[(_failed, "failed"), (_cancelled, "cancelled"), (Skipped, "done before")])
        {
            if (count > 0)
            {
                parts.Add($"{count} {word}");
            }
        }

        return $"{string.Join(", ", parts)} in {Durations.Format(elapsed)}";
    }
}
