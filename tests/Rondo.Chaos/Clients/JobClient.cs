using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text.Json;
using Rondo.Chaos.Ring;

namespace Rondo.Chaos.Clients;

/// <summary>
/// One client: hands in jobs at any executor, alone or in batches, and follows each of them at any other until it has its result. It
/// never hands in a job twice, so that every job that is there twice is the ring's doing.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore whose wait handle is never asked for holds nothing to dispose of.")]
internal sealed class JobClient(IReadOnlyList<ChaosExecutor> executors, Recorder recorder, string job, string log, Random random)
{
    private const int BatchMax = 8;
    private const int OpenMax = 24;

    /// <summary>The name of jobs that are none of a client.</summary>
    public const string Probe = "probe";

    /// <summary>Such a job.</summary>
    public const string ProbeBody = $$"""{"command":["true"],"name":"{{Probe}}"}""";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private readonly SemaphoreSlim _open = new(OpenMax);

    /// <summary>Works until it is told to end, then follows what is open until it is told to give up.</summary>
    public async Task RunAsync(CancellationToken end, CancellationToken giveUp)
    {
        var followed = new List<Task>();
        while (!end.IsCancellationRequested)
        {
            foreach (var story in await SubmitAsync())
            {
                await _open.WaitAsync(CancellationToken.None);
                followed.Add(FollowAsync(story, giveUp));
            }

            followed.RemoveAll(task => task.IsCompletedSuccessfully);
            await Task.Delay(Draw(400), CancellationToken.None);
        }

        await Task.WhenAll(followed);
    }

    private async Task<List<JobStory>> SubmitAsync()
    {
        var stories = new List<JobStory>();
        for (var i = Draw(3) == 0 ? Draw(2, BatchMax) : 1; i > 0; i--)
        {
            // Most are short; some are running when their executor ends, wherever that is.
            var milliseconds = Draw(10) switch
            {
                0 => Draw(500, 2500),
                < 4 => Draw(50, 400),
                _ => Draw(5, 50),
            };
            stories.Add(recorder.Begin(milliseconds, Draw(8) == 0 ? Draw(1, 80) : 0));
        }

        var at = Any().Url;
        if (stories is [var one])
        {
            if (await Api.PostAsync(at, "/v1/jobs", Body(one)) is { Status: HttpStatusCode.Created } created)
            {
                recorder.ToldId(one, created.Json.GetProperty("id").GetString()!);
                return stories;
            }

            recorder.ToldNothing();
            return [];
        }

        if (await Api.PostAsync(at, "/v1/jobs:batch", string.Join('\n', stories.Select(Body))) is not { IsGood: true } answers)
        {
            recorder.ToldNothing();
            return [];
        }

        // An answer that ends early tells of the first jobs only.
        var told = new List<JobStory>();
        foreach (var (story, line) in stories.Zip(answers.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries)))
        {
            if (JsonDocument.Parse(line).RootElement.TryGetProperty("id", out var id))
            {
                recorder.ToldId(story, id.GetString()!);
                told.Add(story);
            }
        }

        return told;
    }

    private string Body(JobStory story) =>
        JsonSerializer.Serialize(
            new Dictionary<string, object>
            {
                ["command"] = new[] { job, log, story.Nonce, $"{story.Milliseconds}", $"{story.ExitCode}" },
                ["name"] = story.Nonce,
            }
        );

    private async Task FollowAsync(JobStory story, CancellationToken giveUp)
    {
        try
        {
            if (Draw(12) == 0)
            {
                await Task.Delay(Draw(500), giveUp);
                story.CancelAsked = true;
                await Api.PostAsync(Any().Url, $"/v1/jobs/{story.Id}:cancel", "");
            }

            while (!giveUp.IsCancellationRequested && !await ReadAsync(story, Any(), "?wait=3s"))
            {
                await Task.Delay(Pause, CancellationToken.None);
            }
        }
        catch (OperationCanceledException)
        {
            // The check at the end finds what is missing.
        }
        finally
        {
            _open.Release();
        }
    }

    /// <summary>Reads the state and, once that is final, the result.</summary>
    /// <returns>True when both were read.</returns>
    public async Task<bool> ReadAsync(JobStory story, ChaosExecutor at, string query)
    {
        var reply = await Api.GetAsync(at.Url, $"/v1/jobs/{story.Id}{query}");
        switch (reply)
        {
            case { Status: HttpStatusCode.NotFound } when IsGone(story, reply):
                recorder.ToldGone(story, reply.Text);
                return true;
            case { IsGood: true } when recorder.ToldState(story, reply.Json):
                break;
            default:
                if (reply is not { IsGood: true })
                {
                    recorder.ToldNothing();
                }

                return false;
        }

        var result = await Api.GetAsync(Any().Url, $"/v1/jobs/{story.Id}/result");
        if (result is { Status: HttpStatusCode.NotFound } && IsGone(story, result))
        {
            recorder.ToldGone(story, result.Text);
        }
        else if (result is { IsGood: true })
        {
            recorder.ToldResult(story, result.Text);
        }

        return result is { IsGood: true };
    }

    /// <summary>False when whoever was asked only says that it does not know the job's home, which was removed from the ring.</summary>
    private bool IsGone(JobStory story, Reply reply)
    {
        var home = story.Id!.Split('-')[0];
        return !executors.Any(executor => executor.Id == home && executor.WasRemoved)
            || !reply.Json.GetProperty("detail").GetString()!.StartsWith($"the ring has no executor {home}:", StringComparison.Ordinal);
    }

    private ChaosExecutor Any() => executors[Draw(executors.Count)];

    private int Draw(int below) => Draw(0, below);

    private int Draw(int from, int below)
    {
        lock (random)
        {
            return random.Next(from, below);
        }
    }
}
