using System.Net;
using System.Text.Json.Nodes;

namespace Rondo.Cluster.Tests;

/// <summary>Real executors ended by SIGKILL at bad moments: every accepted job keeps its promise.</summary>
public sealed class CrashTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private static readonly string[] Work = ["sh", "-c", "sleep 0.5; echo $RONDO_JOB_ID $$"];

    [Fact]
    public async Task Executor_KilledMidWork_EveryResultArrivesAtTheHomeOnce()
    {
        using var ring = await RealRing.OfAsync(4);
        var ids = await SubmitAsync(ring[0], 40);
        await UntilBusyAsync(ring[2]);

        ring[2].Kill();
        Assert.NotNull(await ring[2].StartAsync());

        await AllSucceedAsync(ring[0], ids);
    }

    [Fact]
    public async Task Home_KilledAfterItGaveOutIds_AnswersForAllOfThemWhenItIsBack()
    {
        using var ring = await RealRing.OfAsync(3);
        var ids = await SubmitAsync(ring[0], 30);

        ring[0].Kill();
        Assert.NotNull(await ring[0].StartAsync());

        await AllSucceedAsync(ring[0], ids);
    }

    [Fact]
    public async Task AllExecutors_KilledTogether_NothingIsLost()
    {
        using var ring = await RealRing.OfAsync(3);
        var ids = await SubmitAsync(ring[0], 15);
        ids.AddRange(await SubmitAsync(ring[1], 15));
        await UntilBusyAsync(ring[2]);

        ring.Executors.ForEach(executor => executor.Kill());
        foreach (var executor in ring.Executors)
        {
            Assert.NotNull(await executor.StartAsync());
        }

        await AllSucceedAsync(ring[2], ids);
    }

    [Fact]
    public async Task Children_OfAKilledExecutor_DieWithIt()
    {
        using var ring = await RealRing.OfAsync(1);
        var mark = Path.Combine(ring.Folder, "pids");
        await ring[0].SubmitAsync("sh", "-c", $"echo $$ >> {mark}; setsid sleep 1000 & echo $! >> {mark}; sleep 1000");
        await RealRing.UntilAsync(() => Task.FromResult(File.Exists(mark) && File.ReadAllLines(mark).Length == 2), "the job runs");

        ring[0].Kill();

        var pids = File.ReadAllLines(mark);
        await RealRing.UntilAsync(() => Task.FromResult(!pids.Any(IsRunning)), "the children are gone");
    }

    [Fact]
    public async Task Executor_Paused_IsSkippedAndComesBack()
    {
        using var ring = await RealRing.OfAsync(3);
        ring[1].Pause();
        await UntilStateAsync(ring[0], ring[1], "suspected");
        var ids = await SubmitAsync(ring[0], 6);
        await AllSucceedAsync(ring[0], ids);

        ring[1].Signal(PosixSignalNumber.Continue);

        await UntilStateAsync(ring[0], ring[1], "alive");
        await UntilStateAsync(ring[1], ring[0], "alive");
    }

    [Fact]
    public async Task Id_OfAnExecutorThatIsDown_IsAnsweredWithItsNameAndThatItWillBeBack()
    {
        using var ring = await RealRing.OfAsync(2);
        var id = await ring[0].SubmitAsync("true");
        ring[0].Kill();
        await UntilStateAsync(ring[1], ring[0], "suspected");

        using var response = await ring[1].GetAsync($"/v1/jobs/{id}");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        var problem = JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        Assert.Contains(id.Split('-')[0], (string)problem["detail"]!, StringComparison.Ordinal);
        Assert.Contains("back", (string)problem["detail"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Term_WhileAJobRuns_LetsItEndAndExitsCleanly()
    {
        using var ring = await RealRing.OfAsync(1);
        var id = await ring[0].SubmitAsync("sh", "-c", "sleep 1; echo done");
        await UntilBusyAsync(ring[0]);

        ring[0].Signal(PosixSignalNumber.Term);

        Assert.Equal(0, await ring[0].ExitAsync(TimeSpan.FromSeconds(30)));
        Assert.NotNull(await ring[0].StartAsync());
        var job = await ring[0].FinalAsync(id, Limit);
        Assert.Equal(1, (int)job["attempt"]!);
    }

    private static async Task<List<string>> SubmitAsync(ExecutorProcess executor, int jobs)
    {
        var ids = new List<string>();
        for (var i = 0; i < jobs; i++)
        {
            ids.Add(await executor.SubmitAsync(Work));
        }

        return ids;
    }

    private static Task UntilBusyAsync(ExecutorProcess executor) =>
        RealRing.UntilAsync(async () => (await SelfAsync(executor, executor))["running"]!.GetValue<int>() > 0, "the executor runs a job");

    private static Task UntilStateAsync(ExecutorProcess asked, ExecutorProcess about, string state) =>
        RealRing.UntilAsync(async () => (string)(await SelfAsync(asked, about))["state"]! == state, $"the executor is {state}");

    private static async Task<JsonNode> SelfAsync(ExecutorProcess asked, ExecutorProcess about)
    {
        var ring = await asked.JsonAsync("/v1/ring");
        return ring["executors"]!
            .AsArray()
            .Single(member => ((string)member!["address"]!).EndsWith($":{about.HttpPort}", StringComparison.Ordinal))!;
    }

    private static async Task AllSucceedAsync(ExecutorProcess asked, List<string> ids)
    {
        Assert.Equal(ids.Count, ids.Distinct().Count());
        foreach (var id in ids)
        {
            var job = await asked.FinalAsync(id, Limit);
            Assert.Equal("succeeded", (string)job["state"]!);
            Assert.Single(job["trail"]!.AsArray(), entry => (string)entry!["event"]! == "finished");
            var first = await ResultAsync(asked, id);
            Assert.StartsWith(id, first, StringComparison.Ordinal);
            Assert.Equal(first, await ResultAsync(asked, id));
        }
    }

    private static async Task<string> ResultAsync(ExecutorProcess asked, string id)
    {
        using var response = await asked.GetAsync($"/v1/jobs/{id}/result");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadAsStringAsync();
    }

    private static bool IsRunning(string pid) =>
        File.Exists($"/proc/{pid}/stat") && !File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal);
}
