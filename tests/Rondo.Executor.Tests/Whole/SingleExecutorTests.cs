using System.Net;
using System.Text.Json.Nodes;

namespace Rondo.Executor.Tests.Whole;

/// <summary>One executor from the outside.</summary>
public sealed class SingleExecutorTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Submit_Command_RunsAndItsResultAndStateAreTold()
    {
        await using var ring = await TestRing.StartAsync(1);

        var id = await ring[0].SubmitAsync("sh", "-c", "cat; echo out; echo err >&2; exit 3");
        var job = await ring[0].FinalAsync(id);

        Assert.Equal("failed", (string)job["state"]!);
        Assert.Equal("exit_code", (string)job["reason"]!);
        Assert.Equal(3, (int)job["exitCode"]!);
        Assert.Equal(1, (int)job["attempt"]!);
        Assert.Equal(ring[0].Host.Id.ToString(), (string)job["home"]!);
        Assert.EndsWith("Z", (string)job["submittedAt"]!, StringComparison.Ordinal);
        Assert.NotEmpty(job["trail"]!.AsArray());
        using var result = await ring[0].Client.GetAsync($"/v1/jobs/{id}/result", Cancellation);
        Assert.Equal("out\n", await result.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal("failed", Assert.Single(result.Headers.GetValues("Rondo-State")));
        Assert.Equal("3", Assert.Single(result.Headers.GetValues("Rondo-Exit-Code")));
        Assert.Equal("err\n", await ring[0].TextAsync($"/v1/jobs/{id}/logs?stream=stderr"));
    }

    [Fact]
    public async Task Submit_WithWait_AnswersWithTheFinalJobOrTheUnfinishedOne()
    {
        await using var ring = await TestRing.StartAsync(1);

        var quick = await ring[0].PostAsync("/v1/jobs?wait=30s", """{"command":["cat"],"stdin":"hi","name":"n","group":"g"}""");
        var slow = await ring[0].PostAsync("/v1/jobs?wait=10ms", """{"command":["sleep","60"]}""", HttpStatusCode.Accepted);

        Assert.Equal("succeeded", (string)quick["state"]!);
        Assert.Equal("hi", await ring[0].TextAsync($"/v1/jobs/{quick["id"]}/result"));
        Assert.Null(slow["finishedAt"]);
        await ring[0].GetAsync($"/v1/jobs/{slow["id"]}/result", HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task Cancel_RunningAndWaiting_BothEndAsCancelled()
    {
        await using var ring = await TestRing.StartAsync(1, slots: 1);
        var running = await ring[0].SubmitAsync("sleep", "60");
        var waiting = await ring[0].SubmitAsync("sleep", "60");
        await ring[0].UntilStateAsync(running, "running");

        await ring[0].PostAsync($"/v1/jobs/{waiting}:cancel");
        await ring[0].PostAsync($"/v1/jobs/{running}:cancel");

        Assert.Equal("cancelled", (string)(await ring[0].FinalAsync(running))["state"]!);
        Assert.Equal("cancelled", (string)(await ring[0].FinalAsync(waiting))["state"]!);
    }

    [Fact]
    public async Task List_ByStateNameAndPages_GivesEachJobOnceNewestFirst()
    {
        await using var ring = await TestRing.StartAsync(1, slots: 4);
        var ids = new List<string>();
        for (var i = 0; i < 7; i++)
        {
            var body = $$"""{"command":["true"],"name":"{{(i % 2 == 0 ? "even" : "odd")}}"}""";
            ids.Add((string)(await ring[0].PostAsync("/v1/jobs?wait=30s", body))["id"]!);
        }

        ids.Add(await ring[0].SubmitAsync("sleep", "60"));
        ids.Reverse();

        var listed = new List<string>();
        string? cursor = null;
        do
        {
            var page = await ring[0].GetAsync($"/v1/jobs?limit=3{(cursor is null ? "" : $"&cursor={cursor}")}");
            listed.AddRange(page["jobs"]!.AsArray().Select(job => (string)job!["id"]!));
            Assert.All(page["jobs"]!.AsArray(), job => Assert.Null(job!["trail"]));
            cursor = (string?)page["nextCursor"];
        } while (cursor is not null);

        Assert.Equal(ids, listed);
        Assert.Equal(3, (await ring[0].GetAsync("/v1/jobs?name=odd&state=succeeded"))["jobs"]!.AsArray().Count);
        Assert.Single((await ring[0].GetAsync("/v1/jobs?state=running"))["jobs"]!.AsArray());
    }

    [Theory]
    [InlineData("GET", "/v1/jobs/nonsense", 400, "not a job id")]
    [InlineData("GET", "/v1/jobs/zzzz-1", 404, "the ring has no executor zzzz")]
    [InlineData("GET", "/v1/jobs?state=done", 400, "expected one of scheduled, waiting, running")]
    [InlineData("GET", "/v1/jobs?state=", 400, "state is empty: leave it out for all jobs")]
    [InlineData("GET", "/v1/jobs?name=", 400, "name is empty: leave it out for all jobs")]
    [InlineData("GET", "/v1/jobs?group=", 400, "group is empty: leave it out for all jobs")]
    [InlineData("GET", "/v1/jobs?limit=0", 400, "from 1 to 1000")]
    [InlineData("GET", "/v1/jobs?cursor=abc", 400, "cursor")]
    [InlineData("GET", "/v1/jobs?stat=failed", 400, "unknown query parameter 'stat': GET /v1/jobs takes state, name, group")]
    [InlineData("GET", "/v1/ring?wait=1s", 400, "unknown query parameter 'wait': GET /v1/ring takes none")]
    [InlineData("GET", "/v2/jobs", 404, "nothing at /v2/jobs")]
    [InlineData("DELETE", "/v1/jobs", 405, "does not take DELETE")]
    [InlineData("POST", "/v1/jobs?wait=long", 400, "expected a time such as 30s")]
    [InlineData("POST", "/v1/jobs", 400, "the body is empty")]
    [InlineData("POST", "/v1/executors/zzzz:remove", 404, "zzzz")]
    [InlineData("POST", "/v1/executors/z_z:drain", 400, "not an executor id")]
    public async Task Request_ThatIsNotRight_IsAProblemThatSaysWhy(string method, string path, int status, string expected)
    {
        await using var ring = await TestRing.StartAsync(1);
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var response = await ring[0].Client.SendAsync(request, Cancellation);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Contains(expected, await response.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Job_ThatWasNeverAccepted_IsNotFound()
    {
        await using var ring = await TestRing.StartAsync(1);

        var problem = await ring[0].GetAsync($"/v1/jobs/{ring[0].Host.Id}-999?wait=30s", HttpStatusCode.NotFound);

        Assert.Equal("urn:rondo:not_found", (string)problem["type"]!);
    }

    [Fact]
    public async Task Body_LargerThanAJobMayBe_IsRefused()
    {
        await using var ring = await TestRing.StartAsync(1, options: options => options with { JobMaxBytes = 2048 });

        var problem = await ring[0]
            .PostAsync("/v1/jobs", $$"""{"command":["cat"],"stdin":"{{new string('x', 3000)}}"}""", HttpStatusCode.RequestEntityTooLarge);

        Assert.Equal("urn:rondo:too_large", (string)problem["type"]!);
        Assert.Contains("at most 2048 bytes", (string)problem["detail"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Output_LargerThanTheSetting_IsCutAndSaysSo()
    {
        await using var ring = await TestRing.StartAsync(1, options: options => options with { OutputMaxBytes = 2048 });

        var job = await ring[0].PostAsync("/v1/jobs?wait=30s", """{"command":["head","-c","3000","/dev/zero"]}""");

        Assert.Equal("succeeded", (string)job["state"]!);
        using var result = await ring[0].Client.GetAsync($"/v1/jobs/{job["id"]}/result", TestContext.Current.CancellationToken);
        Assert.Equal("952", result.Headers.GetValues("Rondo-Truncated").Single());
        Assert.Equal(2048, (await result.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).Length);
    }

    [Theory]
    [InlineData(2048)]
    [InlineData(200_000)]
    public async Task BothOutputs_LargerThanTheSetting_AreToldOfWithTheJob(int bound)
    {
        await using var ring = await TestRing.StartAsync(1, options: options => options with { OutputMaxBytes = bound });
        var script = $"head -c {bound + 952} /dev/zero; head -c {bound + 7} /dev/zero >&2";

        var answer = await ring[0].PostAsync("/v1/jobs?wait=30s", $$"""{"command":["sh","-c","{{script}}"],"group":"g"}""");
        var shown = await ring[0].GetAsync($"/v1/jobs/{answer["id"]}");
        var listed = (await ring[0].GetAsync("/v1/jobs?state=succeeded"))["jobs"]![0]!;
        var line = JsonNode.Parse(await ring[0].TextAsync("/v1/groups/g/results"))!["job"]!;
        using var batch = new StringContent($$"""{"command":["sh","-c","{{script}}"]}""");
        using var answers = await ring[0].Client.PostAsync("/v1/jobs:batch?results=true", batch, TestContext.Current.CancellationToken);
        var ended = JsonNode.Parse(
            (await answers.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Trim().Split('\n')[^1]
        )!;

        foreach (var job in (JsonNode[])[answer, shown, listed, line, ended])
        {
            Assert.Equal((952, 7), ((long)job["resultBytesDropped"]!, (long)job["errorBytesDropped"]!));
        }
    }

    [Fact]
    public async Task Noop_GivesItsPayloadBack()
    {
        await using var ring = await TestRing.StartAsync(1);

        var job = await ring[0].PostAsync("/v1/jobs?wait=30s", """{"handler":"noop","payload":{"a": [1]}}""");

        Assert.Equal("succeeded", (string)job["state"]!);
        Assert.Null(job["exitCode"]);
        Assert.Equal("""{"a": [1]}""", await ring[0].TextAsync($"/v1/jobs/{job["id"]}/result"));
    }

    [Fact]
    public async Task Handler_ThatNobodyHas_WaitsWithTheReason()
    {
        await using var ring = await TestRing.StartAsync(1);
        var job = await ring[0].PostAsync("/v1/jobs?wait=1ms", """{"handler":"resize","payload":{"a":1}}""", HttpStatusCode.Accepted);

        Assert.Equal("waiting", (string)job["state"]!);
        Assert.Equal("no_executor_can_run_it", (string)job["reason"]!);
    }

    [Fact]
    public async Task Logs_FollowedFromWaitingToTheEnd_ComeAsTheyAreWritten()
    {
        await using var ring = await TestRing.StartAsync(1, slots: 1);
        var gate = Path.Combine(ring[0].Options.DataDirectory, "gate");
        var blocker = await ring[0].SubmitAsync("sleep", "60");
        await ring[0].UntilStateAsync(blocker, "running");
        var id = await ring[0].SubmitAsync("sh", "-c", $"echo one; until [ -e {gate} ]; do sleep 0.02; done; echo two");
        using var response = await ring[0]
            .Client.GetAsync($"/v1/jobs/{id}/logs?follow=true", HttpCompletionOption.ResponseHeadersRead, Cancellation);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(Cancellation));

        await ring[0].PostAsync($"/v1/jobs/{blocker}:cancel");
        Assert.Equal("one", await lines.ReadLineAsync(Cancellation));
        Assert.Equal("one\n", await ring[0].TextAsync($"/v1/jobs/{id}/logs"));
        await File.WriteAllTextAsync(gate, "", Cancellation);

        Assert.Equal("two", await lines.ReadLineAsync(Cancellation));
        Assert.Null(await lines.ReadLineAsync(Cancellation));
        Assert.Equal("one\ntwo\n", await ring[0].TextAsync($"/v1/jobs/{id}/logs"));
    }

    [Fact]
    public async Task Health_OfARunningExecutor_IsLiveAndReady()
    {
        await using var ring = await TestRing.StartAsync(1);

        Assert.Equal("live\n", await ring[0].TextAsync("/health/live"));
        Assert.Equal("ready\n", await ring[0].TextAsync("/health/ready"));
        foreach (var path in (string[])["/health/live", "/health/ready"])
        {
            using var head = new HttpRequestMessage(HttpMethod.Head, path);
            using var answer = await ring[0].Client.SendAsync(head, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
    }

    [Fact]
    public async Task Drain_OfTheOnlyExecutor_RefusesFurtherJobs()
    {
        await using var ring = await TestRing.StartAsync(1);

        var state = await ring[0].PostAsync($"/v1/executors/{ring[0].Host.Id}:drain?wait=30s");
        var refused = await ring[0].PostAsync("/v1/jobs", """{"command":["true"]}""", HttpStatusCode.ServiceUnavailable);

        Assert.Equal("drained", (string)state["state"]!);
        Assert.Equal(0, (int)state["waiting"]!);
        Assert.Equal("urn:rondo:draining", (string)refused["type"]!);
    }
}
