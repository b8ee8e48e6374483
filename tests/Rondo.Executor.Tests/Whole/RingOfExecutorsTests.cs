using System.Net;
using System.Text.Json.Nodes;

namespace Rondo.Executor.Tests.Whole;

/// <summary>Several executors: any of them answers for any job.</summary>
public sealed class RingOfExecutorsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Job_OfOneHome_IsAnsweredByEveryExecutor()
    {
        await using var ring = await TestRing.StartAsync(3);
        var id = await ring[0].SubmitAsync("sh", "-c", "echo hi; echo oops >&2");

        Assert.Equal("succeeded", (string)(await ring[1].FinalAsync(id))["state"]!);
        Assert.Equal("hi\n", await ring[2].TextAsync($"/v1/jobs/{id}/result?wait=30s"));
        Assert.Equal("oops\n", await ring[1].TextAsync($"/v1/jobs/{id}/logs?stream=stderr&follow=true"));
        await ring[1].GetAsync($"/v1/jobs/{ring[0].Host.Id}-999", HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task LargeInputsAndResults_AreWholeWhereverTheJobsRunAndAfterARestart()
    {
        await using var ring = await TestRing.StartAsync(2, slots: 1);
        var gate = Path.Combine(ring[0].Options.DataDirectory, "gate");
        var blockers = new[] { await Blocker(ring[0]), await Blocker(ring[1]) };
        foreach (var blocker in blockers)
        {
            await ring[0].UntilStateAsync(blocker, "running");
        }

        var jobs = new Dictionary<string, string>();
        for (var i = 0; i < 6; i++)
        {
            var input = $"{i}" + new string((char)('a' + i), 300_000);
            var body = new JsonObject { ["command"] = new JsonArray("cat"), ["stdin"] = input };
            jobs[(string)(await ring[0].PostAsync("/v1/jobs", body.ToJsonString(), HttpStatusCode.Created))["id"]!] = input;
        }

        var cancelled = (string)
            (
                await ring[0]
                    .PostAsync("/v1/jobs", $$"""{"command":["cat"],"stdin":"{{new string('z', 300_000)}}"}""", HttpStatusCode.Created)
            )["id"]!;
        await ring[0].PostAsync($"/v1/jobs/{cancelled}:cancel");
        await ring[0].StopAsync();
        await ring[0].StartAsync();
        await ring.UntilWholeAsync();
        await File.WriteAllTextAsync(gate, "", Cancellation);

        var holders = new HashSet<string>();
        foreach (var (id, input) in jobs)
        {
            var job = await ring[1].FinalAsync(id);
            Assert.Equal("succeeded", (string)job["state"]!);
            Assert.Equal(input, await ring[1].TextAsync($"/v1/jobs/{id}/result"));
            holders.Add((string)job["holder"]!);
        }

        Assert.Equal(2, holders.Count);
        Assert.Equal("cancelled", (string)(await ring[1].FinalAsync(cancelled))["state"]!);

        Task<string> Blocker(TestHost host) => host.SubmitAsync("sh", "-c", $"until [ -e {gate} ]; do sleep 0.02; done");
    }

    [Fact]
    public async Task Cancel_ThroughAnotherExecutor_EndsTheJob()
    {
        await using var ring = await TestRing.StartAsync(2);
        var id = await ring[0].SubmitAsync("sleep", "60");

        await ring[1].PostAsync($"/v1/jobs/{id}:cancel");

        Assert.Equal("cancelled", (string)(await ring[1].FinalAsync(id))["state"]!);
    }

    [Fact]
    public async Task Burst_GivenToOne_RunsOnAllAndItsLogsAreFollowedWhereverItRuns()
    {
        await using var ring = await TestRing.StartAsync(2, slots: 2);
        var gate = Path.Combine(ring[0].Options.DataDirectory, "gate");
        var ids = new List<string>();
        for (var i = 0; i < 4; i++)
        {
            ids.Add(await ring[0].SubmitAsync("sh", "-c", $"echo {i}; until [ -e {gate} ]; do sleep 0.02; done; echo end"));
        }

        foreach (var id in ids)
        {
            await ring[1].UntilStateAsync(id, "running");
        }

        var holders = new HashSet<string>();
        for (var i = 0; i < 4; i++)
        {
            holders.Add((string)(await ring[0].GetAsync($"/v1/jobs/{ids[i]}"))["holder"]!);
            Assert.Equal($"{i}\n", await ring[1].TextAsync($"/v1/jobs/{ids[i]}/logs"));
        }

        Assert.Equal(2, holders.Count);
        var following = ids.Select(id => ring[1].TextAsync($"/v1/jobs/{id}/logs?follow=true")).ToArray();
        await File.WriteAllTextAsync(gate, "", Cancellation);
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal($"{i}\nend\n", await following[i]);
            Assert.Equal("succeeded", (string)(await ring[0].FinalAsync(ids[i]))["state"]!);
        }
    }

    [Fact]
    public async Task List_OverTwoHomes_IsMergedAndPagedAndNamesTheUnreachable()
    {
        await using var ring = await TestRing.StartAsync(2, slots: 8);
        var ids = new List<string>();
        for (var i = 0; i < 6; i++)
        {
            ids.Add(await ring[i % 2].SubmitAsync("true"));
        }

        ids.ForEach(id => Assert.NotNull(id));
        foreach (var id in ids)
        {
            await ring[0].FinalAsync(id);
        }

        ids.Reverse();
        var first = await ring[1].GetAsync("/v1/jobs?limit=4");
        var second = await ring[1].GetAsync($"/v1/jobs?limit=4&cursor={first["nextCursor"]}");
        Assert.Equal(ids, first["jobs"]!.AsArray().Concat(second["jobs"]!.AsArray()).Select(job => (string)job!["id"]!));
        Assert.Empty(first["unreachable"]!.AsArray());

        var gone = ring[0].Host.Id.ToString();
        await ring[0].StopAsync();
        await TestRing.UntilAsync(async () =>
            (await ring[1].GetAsync("/v1/jobs"))["unreachable"]!.AsArray().Any(id => (string)id! == gone)
        );
    }

    [Fact]
    public async Task Home_ThatIsDown_IsNamedUntilItIsBackAndThenAnswersAgain()
    {
        await using var ring = await TestRing.StartAsync(2);
        var id = await ring[0].SubmitAsync("echo", "kept");
        await ring[0].FinalAsync(id);
        var home = ring[0].Host.Id.ToString();
        await ring[0].StopAsync();

        var problem = await ring[1].GetAsync($"/v1/jobs/{id}", HttpStatusCode.ServiceUnavailable);
        Assert.Equal("urn:rondo:executor_unavailable", (string)problem["type"]!);
        Assert.Equal(home, (string)problem["executor"]!);
        Assert.Contains("once it is back", (string)problem["detail"]!, StringComparison.Ordinal);

        await ring[0].StartAsync();
        await ring.UntilWholeAsync();
        Assert.Equal(home, ring[0].Host.Id.ToString());
        Assert.Equal("kept\n", await ring[1].TextAsync($"/v1/jobs/{id}/result"));
    }

    [Fact]
    public async Task Remove_OfAnExecutorThatIsAlive_IsRefusedAndOfOneThatIsGoneDone()
    {
        await using var ring = await TestRing.StartAsync(2);
        var gone = ring[0].Host.Id.ToString();
        foreach (var host in new[] { ring[0], ring[1] })
        {
            var refused = await host.PostAsync($"/v1/executors/{gone}:remove", status: HttpStatusCode.Conflict);
            Assert.Equal("urn:rondo:still_alive", (string)refused["type"]!);
        }

        await ring[0].StopAsync();

        await TestRing.UntilAsync(async () =>
            (await ring[1].GetAsync("/v1/ring"))["executors"]!.AsArray().Any(executor => (string)executor!["state"]! == "suspected")
        );
        await ring[1].PostAsync($"/v1/executors/{gone}:remove");

        Assert.Single((await ring[1].GetAsync("/v1/ring"))["executors"]!.AsArray());
    }
}
