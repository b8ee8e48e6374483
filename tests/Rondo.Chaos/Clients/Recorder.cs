using System.Collections.Concurrent;
using System.Text.Json;
using Rondo.Chaos.Checks;

namespace Rondo.Chaos.Clients;

/// <summary>Keeps what clients were told, and notices at once when they are told something that contradicts it.</summary>
internal sealed class Recorder(Violations violations)
{
    private long _reads;
    private long _refused;

    public ConcurrentDictionary<string, JobStory> Stories { get; } = new();

    /// <summary>The ids that clients have, with their stories.</summary>
    public ConcurrentDictionary<string, JobStory> ById { get; } = new();

    public long Reads => Interlocked.Read(ref _reads);

    public long Unanswered => Interlocked.Read(ref _refused);

    public JobStory Begin(int milliseconds, int exitCode)
    {
        var story = new JobStory(Guid.NewGuid().ToString("N"), milliseconds, exitCode);
        Stories[story.Nonce] = story;
        return story;
    }

    public void ToldId(JobStory story, string id)
    {
        story.Told(id);
        if (!ById.TryAdd(id, story))
        {
            violations.Add(Broken.Duplicated, $"{id} was given to {story.Nonce} and to {ById[id].Nonce}");
        }
    }

    /// <summary>The client got no answer, or one that says nothing of the job.</summary>
    public void ToldNothing() => Interlocked.Increment(ref _refused);

    /// <summary>There is no such job, a client was told.</summary>
    public void ToldGone(JobStory story, string answer) =>
        violations.Add(story.Final is null ? Broken.ToldTooSoon : Broken.Lost, $"{story.Id} ({story.Nonce}) is not there: {answer}");

    /// <summary>A client read the job's document.</summary>
    /// <returns>True when it is final.</returns>
    public bool ToldState(JobStory story, JsonElement job)
    {
        Interlocked.Increment(ref _reads);
        var state = job.GetProperty("state").GetString()!;
        if (job.GetProperty("name").GetString() != story.Nonce)
        {
            violations.Add(Broken.Changed, $"{story.Id} of {story.Nonce} has the name {job.GetProperty("name")}");
        }

        if (state is not ("succeeded" or "failed" or "cancelled"))
        {
            if (story.Final is { } before)
            {
                violations.Add(Broken.ToldTooSoon, $"{story.Id} was {before}, and is {state} now");
            }

            return false;
        }

        var final = new FinalState(
            state,
            Text(job, "reason"),
            Number(job, "exitCode"),
            Number(job, "attempt") ?? 0,
            Number(job, "crashes") ?? 0
        );
        if (story.Told(final) is { } other)
        {
            violations.Add(Broken.Changed, $"{story.Id} was {other}, and is {final} now");
        }

        return true;
    }

    /// <summary>A client read the result.</summary>
    public void ToldResult(JobStory story, string result)
    {
        Interlocked.Increment(ref _reads);
        if (story.ToldResult(result) is { } other)
        {
            violations.Add(Broken.Changed, $"the result of {story.Id} was '{other.Trim()}', and is '{result.Trim()}' now");
        }
    }

    private static string? Text(JsonElement job, string name) =>
        job.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static int? Number(JsonElement job, string name) =>
        job.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetInt32() : null;
}
