using System.Net;
using System.Text.Json;
using Rondo.Chaos.Clients;
using Rondo.Chaos.Faults;
using Rondo.Chaos.Ring;

namespace Rondo.Chaos.Checks;

/// <summary>Compares, when all is quiet again, what is there with what clients were told, and with what the jobs noted.</summary>
internal sealed class Checker(ChaosRing ring, Recorder recorder, JobClient reader, FaultLog faults, Violations violations)
{
    private const int AtTheSameTime = 16;
    private const int CrashLimit = 3;
    private static readonly TimeSpan ReadLimit = TimeSpan.FromMinutes(1);

    public Figures Figures { get; } = new();

    public async Task CheckAsync(AttemptLog attempts)
    {
        await Parallel.ForEachAsync(
            recorder.ById.Values,
            new ParallelOptions { MaxDegreeOfParallelism = AtTheSameTime },
            async (story, _) => await ReadTwiceAsync(story)
        );
        foreach (var story in recorder.ById.Values)
        {
            CheckEnd(story, attempts.Of(story.Nonce));
        }

        foreach (var nonce in attempts.Nonces)
        {
            await CheckStartsAsync(nonce, attempts.Of(nonce));
        }

        await CheckListAsync();
    }

    /// <summary>At the home and at another executor; the recorder compares with all that was told before.</summary>
    private async Task ReadTwiceAsync(JobStory story)
    {
        var home = ring.ById(story.Id!.Split('-')[0]);
        if (home is null)
        {
            violations.Add(Broken.Invented, $"{story.Id} is of a home that is none of the ring");
            return;
        }

        await ReadAsync(story, home);
        await ReadAsync(story, ring.Executors[(home.Index + 1) % ring.Executors.Count]);
    }

    private async Task ReadAsync(JobStory story, ChaosExecutor at)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (!await reader.ReadAsync(story, at, ""))
        {
            if (clock.Elapsed > ReadLimit)
            {
                violations.Add(Broken.Lost, $"{story.Id} ({story.Nonce}) has not ended, or does not give its result, at e{at.Index}");
                return;
            }

            await Task.Delay(100);
        }
    }

    private void CheckEnd(JobStory story, IReadOnlyList<AttemptLog.Started> starts)
    {
        if (story is not { Final: { } final, Result: { } result })
        {
            return;
        }

        Figures.Count(final);
        var isRight = (final.State, final.Reason) switch
        {
            ("succeeded", _) => story.ExitCode == 0,
            ("failed", "exit_code") => story.ExitCode != 0 && final.ExitCode == story.ExitCode,
            // Some of the attempts may have ended with their executors before they could note that they began.
            ("failed", "crash_limit") => final.Crashes >= CrashLimit,
            ("cancelled", _) => story.CancelAsked,
            _ => false,
        };
        if (!isRight)
        {
            violations.Add(
                Broken.Invented,
                $"{story.Id} is {final}, which it cannot be: exit code {story.ExitCode}, {starts.Count} starts"
            );
        }

        var words = result.Trim().Split(' ');
        if (result.Length == 0 && final.State == "cancelled" || final.Reason == "crash_limit")
        {
            return;
        }

        if (
            words is not [var nonce, var id, var attempt, var own]
            || nonce != story.Nonce
            || id != story.Id
            || !starts.Any(start => start.Own == own && $"{start.Attempt}" == attempt && start.EndedAt is not null)
        )
        {
            violations.Add(Broken.Invented, $"the result of {story.Id} is '{result.Trim()}', which no attempt of it printed");
        }
    }

    private async Task CheckStartsAsync(string nonce, IReadOnlyList<AttemptLog.Started> starts)
    {
        Figures.Starts += starts.Count;
        if (!recorder.Stories.TryGetValue(nonce, out var submitted))
        {
            violations.Add(Broken.Invented, $"{starts[0].Id} ran as {nonce}, which nobody submitted");
            return;
        }

        if (starts.Select(start => start.Id).Distinct().Count() > 1 || (submitted.Id is { } told && starts[0].Id != told))
        {
            violations.Add(
                Broken.Duplicated,
                $"{nonce} ran as {string.Join(", ", starts.Select(start => start.Id).Distinct())}, told was {submitted.Id}"
            );
        }

        for (var i = 1; i < starts.Count; i++)
        {
            // Copies go their own ways: the cause may lie with any of the earlier starts, not only with the last one.
            var causes = starts.Take(i).Reverse().Select(earlier => Cause(earlier, starts[i]));
            if (causes.FirstOrDefault(cause => cause is not null) is { } why)
            {
                var before = starts[i - 1];
                Figures.Again(why, overlapping: before.EndedAt is null || before.EndedAt > starts[i].At);
            }
            else
            {
                var story = string.Join(", ", starts.Select(start => $"{start.Attempt} at e{ring.ById(start.Executor)?.Index}"));
                var known = await Api.GetAsync(ring.Executors[0].Url, $"/v1/jobs/{starts[i].Id}", ReadLimit);
                violations.Add(
                    Broken.RanAgain,
                    $"{starts[i].Id} was started as {story}, and nothing had happened to any of them: {known?.Text ?? "nobody answers for it"}"
                );
            }
        }
    }

    /// <summary>
    /// The executor of either start, or the home, was hit: the first lost the job or its result, or was taken for lost; or the second had
    /// the job all along and was taken for lost before.
    /// </summary>
    private FaultKind? Cause(AttemptLog.Started before, AttemptLog.Started after)
    {
        string[] concerned = [before.Executor, after.Executor, before.Id.Split('-')[0]];
        return faults.Explains([.. concerned.Select(id => ring.ById(id)?.Index ?? -1)], before.At, after.At);
    }

    /// <summary>Every job that is there was submitted, and once.</summary>
    private async Task CheckListAsync()
    {
        var seen = new Dictionary<string, string>();
        var cursor = "";
        do
        {
            var reply = await Api.GetAsync(ring.Executors[0].Url, $"/v1/jobs?limit=1000{cursor}", ReadLimit);
            if (reply is not { Status: HttpStatusCode.OK } || reply.Json.GetProperty("unreachable").GetArrayLength() > 0)
            {
                violations.Add(Broken.Executor, $"the list of jobs cannot be read: {reply?.Text[..Math.Min(reply.Text.Length, 300)]}");
                return;
            }

            foreach (var job in reply.Json.GetProperty("jobs").EnumerateArray())
            {
                CheckListed(job, seen);
            }

            cursor = reply.Json.TryGetProperty("nextCursor", out var next) && next.GetString() is { } text ? $"&cursor={text}" : "";
        } while (cursor.Length > 0);

        foreach (var story in recorder.ById.Values.Where(story => !seen.ContainsKey(story.Nonce)))
        {
            violations.Add(Broken.Lost, $"{story.Id} is not in the list of jobs");
        }
    }

    private void CheckListed(JsonElement job, Dictionary<string, string> seen)
    {
        var id = job.GetProperty("id").GetString()!;
        var name = job.GetProperty("name").GetString() ?? "";
        if (name == JobClient.Probe)
        {
            return;
        }

        if (!recorder.Stories.TryGetValue(name, out var story))
        {
            violations.Add(Broken.Invented, $"{id} has the name '{name}', which nobody submitted");
        }
        else if (!seen.TryAdd(name, id) && seen[name] != id)
        {
            violations.Add(Broken.Duplicated, $"{name} is {seen[name]} and {id}");
        }
        else if (story.Id is null)
        {
            // Its client got no answer: that it is there is as right as that it is not.
            Figures.Untold++;
        }
        else if (story.Id == id)
        {
            recorder.ToldState(story, job);
        }
    }
}

/// <summary>What the checker counted.</summary>
internal sealed class Figures
{
    /// <summary>How jobs ended.</summary>
    public SortedDictionary<string, int> Ends { get; } = [];

    /// <summary>Why jobs ran again.</summary>
    public SortedDictionary<string, int> Reasons { get; } = [];

    public long Starts { get; set; }

    /// <summary>Jobs that are there although their client got no answer.</summary>
    public int Untold { get; set; }

    public int RanAgain => Reasons.Values.Sum();

    /// <summary>Of those that ran again, how many began before the attempt before them had ended, as far as that noted an end.</summary>
    public int Unfinished { get; private set; }

    public void Count(FinalState final)
    {
        var end = final.State == "failed" ? $"failed: {final.Reason}" : final.State;
        Ends[end] = Ends.GetValueOrDefault(end) + 1;
    }

    public void Again(FaultKind why, bool overlapping)
    {
        Reasons[$"{why}"] = Reasons.GetValueOrDefault($"{why}") + 1;
        Unfinished += overlapping ? 1 : 0;
    }
}
