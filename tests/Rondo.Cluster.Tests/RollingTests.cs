using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Rondo.Cluster.Tests;

/// <summary>A ring whose executors are replaced one at a time, as an upgrade does, while clients go on handing in jobs.</summary>
public sealed class RollingTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private int _handedIn;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Executors_ReplacedOneAtATimeUnderLoad_LoseNothingAndEveryJobHasOneResult(bool drained)
    {
        using var ring = await RealRing.OfAsync(3);
        var runs = Path.Combine(ring.Folder, "runs");
        using var end = new CancellationTokenSource();
        var load = Task.Run(() => SubmitUntilAsync(ring, runs, end.Token), CancellationToken.None);

        foreach (var executor in ring.Executors)
        {
            await MoreAsync(10);
            if (drained)
            {
                await DrainAsync(executor);
            }

            executor.Signal(PosixSignalNumber.Term);
            Assert.Equal(0, await executor.ExitAsync(Limit));
            Assert.True(await executor.StartAsync() is not null, executor.Errors);
            await ring.WholeAsync();
        }

        await MoreAsync(10);
        await end.CancelAsync();
        var ids = await load;

        Assert.Equal(ids.Count, ids.Distinct().Count());
        foreach (var id in ids)
        {
            var job = await HomeOf(ring, id).FinalAsync(id, Limit);
            Assert.Equal("succeeded", (string)job["state"]!);
            Assert.Single(job["trail"]!.AsArray(), entry => (string)entry!["event"]! == "finished");
            using var result = await HomeOf(ring, id).GetAsync($"/v1/jobs/{id}/result");
            Assert.Equal($"{id}\n", await result.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        }

        // What runs is left to end, so no job ran twice; a client that got no id because its executor went may have a job all the same.
        var ran = await File.ReadAllLinesAsync(runs, TestContext.Current.CancellationToken);
        Assert.Equal(ran.Distinct(), ran);
        Assert.Empty(ids.Except(ran));
    }

    [Fact]
    public async Task Term_WithAJobBeyondTheGrace_InterruptsItAndItRunsAgain()
    {
        using var ring = new RealRing();
        var executor = await ring.AddAsync("--stop-grace", "300ms");
        var go = Path.Combine(ring.Folder, "go");
        var id = await executor.SubmitAsync("sh", "-c", $"until test -e {go}; do sleep 0.05; done; echo $RONDO_ATTEMPT");
        await RealRing.UntilAsync(async () => (string)(await executor.JsonAsync($"/v1/jobs/{id}"))["state"]! == "running", "the job runs");

        executor.Signal(PosixSignalNumber.Term);
        Assert.Equal(0, await executor.ExitAsync(Limit));
        await File.WriteAllTextAsync(go, "", TestContext.Current.CancellationToken);
        Assert.NotNull(await executor.StartAsync());

        var job = await executor.FinalAsync(id, Limit);
        Assert.Equal(("succeeded", 2), ((string)job["state"]!, (int)job["attempt"]!));
    }

    [Fact]
    public async Task Term_WithJobsThatWait_HandsThemOverBeforeItEnds()
    {
        using var ring = await RealRing.OfAsync(2, slots: 1);
        var ids = new List<string>();
        for (var i = 0; i < 12; i++)
        {
            ids.Add(await ring[0].SubmitAsync("sh", "-c", $"sleep 0.3; echo $RONDO_JOB_ID >> {ring.Folder}/runs"));
        }

        ring[0].Signal(PosixSignalNumber.Term);
        Assert.Equal(0, await ring[0].ExitAsync(Limit));

        // Nobody is there but the other one.
        string[] ran = [];
        await RealRing.UntilAsync(
            () =>
            {
                ran = File.ReadAllLines(Path.Combine(ring.Folder, "runs"));
                return Task.FromResult(ran.Length == ids.Count);
            },
            () => $"the other executor runs the rest; {string.Join(' ', ran)} ran\n{ring[0].Errors}\n{ring[1].Errors}"
        );
        Assert.NotNull(await ring[0].StartAsync());
        foreach (var id in ids)
        {
            Assert.Equal(1, (int)(await ring[0].FinalAsync(id, Limit))["attempt"]!);
        }
    }

    [Fact]
    public async Task Drain_WithAJobForTomorrow_EndsAndTheJobIsThereAfterTheRestart()
    {
        using var ring = await RealRing.OfAsync(2);
        using var submitted = await ring[0].PostAsync("/v1/jobs", """{"command":["true"],"delay":"1d"}""");
        var id = (string)JsonNode.Parse(await submitted.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["id"]!;

        var drained = await DrainAsync(ring[0]);
        Assert.Equal(1, (int)drained["scheduled"]!);
        Assert.NotNull(drained["nextAt"]);

        ring[0].Signal(PosixSignalNumber.Term);
        Assert.Equal(0, await ring[0].ExitAsync(Limit));
        Assert.NotNull(await ring[0].StartAsync());
        Assert.Equal("scheduled", (string)(await ring[0].JsonAsync($"/v1/jobs/{id}"))["state"]!);
    }

    [Fact]
    public async Task Drain_OfTheHomeOfACron_GivesItToAnotherOneThatFiresIt()
    {
        using var ring = await RealRing.OfAsync(2);
        const string Every = """{"cron":"* * * * * *","job":{"command":["true"],"group":"ticks"}}""";
        var name = "";
        for (var i = 0; name == ""; i++)
        {
            var cron = await PutAsync(ring[1], $"/v1/crons/tick{i}", Every);
            name = (string)cron["home"]! == ring[0].Id ? $"tick{i}" : "";
        }

        var drained = await DrainAsync(ring[0]);

        Assert.Equal(0, (int)drained["crons"]!);
        ring[0].Signal(PosixSignalNumber.Term);
        Assert.Equal(0, await ring[0].ExitAsync(Limit));
        var before = (string?)(await ring[1].JsonAsync($"/v1/crons/{name}"))["lastJob"];
        await RealRing.UntilAsync(
            async () =>
                (await ring[1].JsonAsync($"/v1/crons/{name}")) is var cron
                && (string)cron["home"]! == ring[1].Id
                && (string?)cron["lastJob"] is { } last
                && last != before,
            "the other one fires it"
        );
    }

    [Fact]
    public async Task Keys_OfJobsFromBeforeAMemberJoined_GiveTheSameIdsThroughEachExecutor()
    {
        using var ring = await RealRing.OfAsync(2);
        var ids = new List<string>();
        for (var i = 0; i < 20; i++)
        {
            ids.Add(await SubmitKeyedAsync(ring[i % 2], i, HttpStatusCode.Created));
        }

        await ring.AddAsync("--slots", "2");
        await ring.WholeAsync();

        foreach (var executor in ring.Executors)
        {
            for (var i = 0; i < ids.Count; i++)
            {
                Assert.Equal(ids[i], await SubmitKeyedAsync(executor, i, HttpStatusCode.OK));
            }
        }
    }

    private static async Task<string> SubmitKeyedAsync(ExecutorProcess executor, int number, HttpStatusCode status)
    {
        using var response = await executor.PostAsync("/v1/jobs", $$"""{"command":["true"],"idempotencyKey":"order {{number}}"}""");
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == status, $"{(int)response.StatusCode} {text}");
        return (string)JsonNode.Parse(text)!["id"]!;
    }

    /// <summary>Waits until so many more jobs were handed in: the load goes on from one replacement to the next.</summary>
    private async Task MoreAsync(int jobs)
    {
        var before = Volatile.Read(ref _handedIn);
        await RealRing.UntilAsync(() => Task.FromResult(Volatile.Read(ref _handedIn) >= before + jobs), "the load goes on");
    }

    /// <summary>Hands in jobs at each executor in turn, and at the next one when one takes none; never more than a few at a time.</summary>
    private async Task<List<string>> SubmitUntilAsync(RealRing ring, string runs, CancellationToken end)
    {
        var ids = new List<string>();
        var body = new JsonObject
        {
            ["command"] = new JsonArray("sh", "-c", $"echo $RONDO_JOB_ID >> {runs}; sleep 0.1; echo $RONDO_JOB_ID"),
        }.ToJsonString();
        for (var turn = 0; !end.IsCancellationRequested; turn++)
        {
            try
            {
                using var response = await ring[turn % ring.Executors.Count].PostAsync("/v1/jobs", body);
                if (response.StatusCode == HttpStatusCode.ServiceUnavailable)
                {
                    continue;
                }

                var text = await response.Content.ReadAsStringAsync(CancellationToken.None);
                Assert.True(response.StatusCode == HttpStatusCode.Created, $"{(int)response.StatusCode} {text}");
                ids.Add((string)JsonNode.Parse(text)!["id"]!);
                Interlocked.Increment(ref _handedIn);
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException)
            {
                // It is being replaced: whatever it gave an id is asked for at the end.
                continue;
            }

            if (ids.Count >= 6)
            {
                await HomeOf(ring, ids[^6]).FinalAsync(ids[^6], Limit);
            }
        }

        return ids;
    }

    private static ExecutorProcess HomeOf(RealRing ring, string id) =>
        ring.Executors.Single(executor => id.StartsWith($"{executor.Id}-", StringComparison.Ordinal));

    private static async Task<JsonNode> DrainAsync(ExecutorProcess executor)
    {
        JsonNode? answer = null;
        await RealRing.UntilAsync(
            async () =>
            {
                using var response = await executor.PostAsync($"/v1/executors/{executor.Id}:drain?wait=10s", "");
                answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
                Assert.True(response.IsSuccessStatusCode, answer.ToJsonString());
                return (string)answer["state"]! == "drained";
            },
            "the executor is drained",
            seconds: 120
        );
        return answer!;
    }

    private static async Task<JsonNode> PutAsync(ExecutorProcess executor, string path, string body)
    {
        using var client = new HttpClient();
        using var response = await client.PutAsync(executor.Url(path), new StringContent(body, Encoding.UTF8, "application/json"));
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!;
    }
}
