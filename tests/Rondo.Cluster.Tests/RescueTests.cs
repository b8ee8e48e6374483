using System.Net;
using System.Text.Json.Nodes;

namespace Rondo.Cluster.Tests;

/// <summary>What becomes of jobs whose executor does not come back, or that take their executor down with them.</summary>
public sealed class RescueTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Job_WhoseHolderStaysAway_RunsAgainElsewhere()
    {
        using var ring = await RingAsync();
        var go = Path.Combine(ring.Folder, "go");
        var (_, there) = await OneOnEachAsync(
            ring,
            $$"""{"command":["sh","-c","until [ -e {{go}} ]; do sleep 0.05; done; echo $RONDO_EXECUTOR"]}"""
        );

        ring[1].Kill();
        await File.WriteAllTextAsync(go, "", TestContext.Current.CancellationToken);

        var job = await ring[0].FinalAsync(there, Limit);
        Assert.Equal("succeeded", (string)job["state"]!);
        Assert.True((int)job["attempt"]! > 1);
        Assert.Equal(ring[0].Id, (await ResultAsync(ring[0], there)).Trim());
    }

    [Fact]
    public async Task Job_ThatMustNotRunAgain_FailsWithItsExecutor()
    {
        using var ring = await RingAsync();
        var (_, there) = await OneOnEachAsync(ring, """{"command":["sleep","1000"],"onExecutorLoss":"fail"}""");

        ring[1].Kill();

        var job = await ring[0].FinalAsync(there, Limit);
        Assert.Equal("failed", (string)job["state"]!);
        Assert.Equal("executor_lost", (string)job["reason"]!);
        Assert.Contains(ring[1].Id, (string)job["error"]!, StringComparison.Ordinal);

        Assert.NotNull(await ring[1].StartAsync());
        await ring.WholeAsync();
        await RealRing.UntilAsync(async () => await RunningAsync(ring[1]) == 0, "it does not go on there either");
    }

    [Fact]
    public async Task Job_ThatMustNotRunAgain_FailsThoughItsExecutorIsBackAtOnce()
    {
        using var ring = new RealRing();
        var executor = await ring.AddAsync("--slots", "1");
        var begun = Path.Combine(ring.Folder, "begun");
        var id = await SubmitAsync(executor, $$"""{"command":["sh","-c","echo >> {{begun}}; sleep 1000"],"onExecutorLoss":"fail"}""");
        await RealRing.UntilAsync(() => Task.FromResult(File.Exists(begun)), "it runs");

        executor.Kill();
        Assert.NotNull(await executor.StartAsync());

        var job = await executor.FinalAsync(id, Limit);
        Assert.Equal(("failed", "executor_lost"), ((string)job["state"]!, (string)job["reason"]!));
        Assert.Single(await File.ReadAllLinesAsync(begun, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Result_OfAHolderThatWasGivenUp_ChangesNothing()
    {
        using var ring = await RingAsync();
        var go = Path.Combine(ring.Folder, "go");
        var (_, there) = await OneOnEachAsync(
            ring,
            $$"""{"command":["sh","-c","[ $RONDO_ATTEMPT -gt 1 ] || until [ -e {{go}} ]; do sleep 0.05; done; echo $RONDO_EXECUTOR"]}"""
        );

        ring[1].Pause();
        var job = await ring[0].FinalAsync(there, Limit);
        var result = await ResultAsync(ring[0], there);
        await File.WriteAllTextAsync(go, "", TestContext.Current.CancellationToken);
        ring[1].Signal(PosixSignalNumber.Continue);
        await RealRing.UntilAsync(async () => await RunningAsync(ring[1]) == 0, "the earlier attempt is over too");
        await ring.WholeAsync();

        Assert.Equal(ring[0].Id, result.Trim());
        Assert.Equal(result, await ResultAsync(ring[1], there));
        Assert.Equal(job.ToJsonString(), (await ring[0].FinalAsync(there, Limit)).ToJsonString());
    }

    [Fact]
    public async Task Job_ThatEndsItsExecutorAgainAndAgain_FailsInTheEnd()
    {
        using var ring = new RealRing();
        var executor = await ring.AddAsync("--slots", "1");
        var id = await executor.SubmitAsync("sh", "-c", "sleep 0.5; kill -s KILL $PPID");

        for (var crashes = 0; crashes < 3; crashes++)
        {
            await executor.ExitAsync(Limit);
            Assert.NotNull(await executor.StartAsync());
        }

        var job = await executor.FinalAsync(id, Limit);
        Assert.Equal("failed", (string)job["state"]!);
        Assert.Equal("crash_limit", (string)job["reason"]!);
        Assert.Equal(3, (int)job["crashes"]!);
        Assert.Equal("succeeded", (string)(await executor.FinalAsync(await executor.SubmitAsync("true"), Limit))["state"]!);
    }

    [Fact]
    public async Task Executor_ThatIsRemoved_GivesItsJobsBackAtOnceAndIsForgotten()
    {
        using var ring = await RingAsync("--rescue-after", "1h");
        var (_, there) = await OneOnEachAsync(ring, """{"command":["sh","-c","[ $RONDO_ATTEMPT -gt 1 ] || sleep 1000"]}""");
        using (var refused = await ring[0].PostAsync($"/v1/executors/{ring[1].Id}:remove", ""))
        {
            Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        }

        ring[1].Kill();
        await RemoveAsync(ring[0], ring[1]);

        Assert.Equal("succeeded", (string)(await ring[0].FinalAsync(there, Limit))["state"]!);
        Assert.Single((await ring[0].JsonAsync("/v1/ring"))["executors"]!.AsArray());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Executor_ThatIsRemovedAndComesBackAllTheSame_HasItsJobsRun(bool lives)
    {
        using var ring = await RingAsync("--rescue-after", "1h");
        var go = Path.Combine(ring.Folder, "go");
        var (_, there) = await OneOnEachAsync(ring, $$"""{"command":["sh","-c","until [ -e {{go}} ]; do sleep 0.05; done"]}""");
        if (lives)
        {
            ring[0].Pause();
        }
        else
        {
            ring[0].Kill();
        }

        await RemoveAsync(ring[1], ring[0]);
        await RealRing.UntilAsync(async () => await RunningAsync(ring[1]) == 0, "the job of the removed home is stopped");
        if (lives)
        {
            ring[0].Signal(PosixSignalNumber.Continue);
        }
        else
        {
            Assert.NotNull(await ring[0].StartAsync());
        }

        await ring.WholeAsync();
        await File.WriteAllTextAsync(go, "", TestContext.Current.CancellationToken);

        Assert.Equal("succeeded", (string)(await ring[1].FinalAsync(there, Limit))["state"]!);
    }

    private static Task RemoveAsync(ExecutorProcess asked, ExecutorProcess gone) =>
        RealRing.UntilAsync(
            async () =>
            {
                using var removed = await asked.PostAsync($"/v1/executors/{gone.Id}:remove", "");
                return removed.IsSuccessStatusCode;
            },
            "the executor is removed"
        );

    private static async Task<RealRing> RingAsync(params string[] options)
    {
        var ring = new RealRing();
        string[] words = ["--slots", "1", .. options.Length > 0 ? options : ["--rescue-after", "5s"]];
        await ring.AddAsync(words);
        await ring.AddAsync(words);
        await ring.WholeAsync();
        return ring;
    }

    /// <summary>Submits two jobs to the first executor: one runs there and is cancelled, which leaves its place to the other, at the second.</summary>
    private static async Task<(string Here, string There)> OneOnEachAsync(RealRing ring, string body)
    {
        var ids = new[] { await SubmitAsync(ring[0], body), await SubmitAsync(ring[0], body) };
        await RealRing.UntilAsync(
            async () =>
                await RunningAsync(ring[0]) == 1
                && await RunningAsync(ring[1]) == 1
                && await HolderAsync(ids[0]) != await HolderAsync(ids[1]),
            "each executor runs one"
        );
        var here = await HolderAsync(ids[0]) == ring[0].Id ? 0 : 1;
        using var cancelled = await ring[0].PostAsync($"/v1/jobs/{ids[here]}:cancel", "");
        Assert.Equal("cancelled", (string)(await ring[0].FinalAsync(ids[here], Limit))["state"]!);
        return (ids[here], ids[1 - here]);

        async Task<string> HolderAsync(string id) => (string)(await ring[0].JsonAsync($"/v1/jobs/{id}"))["holder"]!;
    }

    private static async Task<string> SubmitAsync(ExecutorProcess executor, string body)
    {
        using var response = await executor.PostAsync("/v1/jobs", body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return (string)JsonNode.Parse(text)!["id"]!;
    }

    private static async Task<int> RunningAsync(ExecutorProcess executor) =>
        (int)(await executor.JsonAsync("/v1/ring"))["executors"]!.AsArray().Single(it => (string)it!["id"]! == executor.Id)!["running"]!;

    private static async Task<string> ResultAsync(ExecutorProcess executor, string id)
    {
        using var response = await executor.GetAsync($"/v1/jobs/{id}/result");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadAsStringAsync();
    }
}
