using System.Net;
using System.Text.Json.Nodes;

namespace Rondo.Executor.Tests.Whole;

/// <summary>What jobs ask for beside being run, over HTTP and on real processes.</summary>
public sealed class JobOptionTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Failing_Job_IsTriedAgainAndSeesItsAttempt()
    {
        await using var ring = await TestRing.StartAsync(1);

        var job = await RunAsync(ring[0], """{"command":["sh","-c","test $RONDO_ATTEMPT = 3"],"retries":{"max":5,"backoff":"1ms"}}""");

        Assert.Equal(("succeeded", 3), ((string)job["state"]!, (int)job["attempt"]!));
        Assert.Equal((5, 2), ((int)job["retries"]!["max"]!, (int)job["retries"]!["used"]!));
        Assert.Equal(2, job["trail"]!.AsArray().Count(entry => (string)entry!["event"]! == "failed"));
    }

    [Fact]
    public async Task Job_BeyondItsTime_FailsAsTimeout()
    {
        await using var ring = await TestRing.StartAsync(1);

        var job = await RunAsync(ring[0], """{"command":["sleep","1000"],"timeout":"100ms","killGrace":"10m"}""");

        Assert.Equal(("failed", "timeout"), ((string)job["state"]!, (string)job["reason"]!));
        Assert.Equal(("100ms", "10m"), ((string)job["timeout"]!, (string)job["killGrace"]!));
    }

    [Fact]
    public async Task Scheduled_Job_IsListedExplainedAndCancelledFromAnyExecutor()
    {
        await using var ring = await TestRing.StartAsync(2);
        var id = await SubmitAsync(ring[0], """{"command":["true"],"delay":"1h","labels":{"team":"blue"}}""");
        await SubmitAsync(ring[0], """{"command":["true"],"delay":"1h","labels":{"team":"red"}}""");

        var listed = (await ring[1].GetAsync("/v1/jobs?state=scheduled&label=team%3Dblue"))["jobs"]!.AsArray();
        Assert.Equal([id], listed.Select(job => (string)job!["id"]!));
        var explained = await ring[1].GetAsync($"/v1/jobs/{id}/explain");
        Assert.Equal(("scheduled", "start_time"), ((string)explained["state"]!, (string)explained["reason"]!));
        Assert.StartsWith("It is not to start before", (string)explained["text"]!, StringComparison.Ordinal);
        Assert.Equal(2, explained["executors"]!.AsArray().Count(executor => (bool)executor!["canRun"]!));

        using var cancelled = await ring[1].Client.PostAsync($"/v1/jobs/{id}:cancel", null, Cancellation);
        Assert.Equal(HttpStatusCode.OK, cancelled.StatusCode);
        Assert.Equal("cancelled", (string)(await ring[0].GetAsync($"/v1/jobs/{id}"))["state"]!);
        var finished = (await ring[1].GetAsync("/v1/jobs?state=cancelled&label=team%3Dblue"))["jobs"]!.AsArray();
        Assert.Equal([id], finished.Select(job => (string)job!["id"]!));
    }

    [Fact]
    public async Task Job_ThatNobodyCanRun_IsExplainedByWhatIsMissing()
    {
        await using var ring = await TestRing.StartAsync(1);
        var id = await SubmitAsync(ring[0], """{"command":["true"],"requires":{"gpu":"yes"}}""");

        var explained = await ring[0].GetAsync($"/v1/jobs/{id}/explain");

        Assert.Equal("no_executor_can_run_it", (string)explained["reason"]!);
        var executor = Assert.Single(explained["executors"]!.AsArray())!;
        Assert.Equal((false, "it has no label gpu=yes"), ((bool)executor["canRun"]!, (string)executor["why"]!));
    }

    [Fact]
    public async Task Job_ThatWaitsForOneJobOfTwo_IsExplainedByThatOne()
    {
        await using var ring = await TestRing.StartAsync(1);
        var ended = (string)(await RunAsync(ring[0], """{"command":["true"]}"""))["id"]!;
        var pending = await SubmitAsync(ring[0], """{"command":["true"],"delay":"1h"}""");
        var id = await SubmitAsync(ring[0], $$"""{"command":["true"],"after":["{{ended}}","{{pending}}"]}""");
        await TestRing.UntilAsync(async () => (string?)(await ring[0].GetAsync($"/v1/jobs/{id}"))["after"]![0]!["state"] == "succeeded");

        var explained = await ring[0].GetAsync($"/v1/jobs/{id}/explain");

        Assert.Equal($"Jobs that it depends on have not ended: {pending}.", (string)explained["text"]!);
    }

    [Fact]
    public async Task Job_ThatRequiresALabel_RunsOnTheExecutorThatHasIt()
    {
        await using var ring = await TestRing.StartAsync(1);
        var able = await ring.AddAsync(options: options => options with { Labels = new Dictionary<string, string> { ["gpu"] = "yes" } });
        await ring.UntilWholeAsync();

        var job = await RunAsync(ring[0], """{"command":["true"],"requires":{"gpu":"yes"}}""");

        Assert.Equal(("succeeded", able.Host.Id.ToString()), ((string)job["state"]!, (string)job["holder"]!));
    }

    [Fact]
    public async Task Retry_OfAFailedJob_IsANewJobOfTheSameContent()
    {
        await using var ring = await TestRing.StartAsync(2);
        var failed = await RunAsync(ring[0], """{"command":["sh","-c","cat; exit 3"],"stdin":"hello","group":"g"}""");
        var id = (string)failed["id"]!;

        using var response = await ring[1].Client.PostAsync($"/v1/jobs/{id}:retry", null, Cancellation);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        var again = (string)JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancellation))!["id"]!;
        Assert.NotEqual(id, again);
        var job = await ring[1].GetAsync($"/v1/jobs/{again}?wait=30s");
        Assert.Equal((id, 3, "g"), ((string)job["retryOf"]!, (int)job["exitCode"]!, (string)job["group"]!));
        Assert.Equal("hello", await ring[0].TextAsync($"/v1/jobs/{again}/result"));

        var succeeded = await RunAsync(ring[0], """{"command":["true"]}""");
        using var refused = await ring[0].Client.PostAsync($"/v1/jobs/{(string)succeeded["id"]!}:retry", null, Cancellation);
        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
    }

    [Fact]
    public async Task Retry_OfAJobWithEveryTerm_KeepsAllButWhatLedToTheFirstRun()
    {
        await using var ring = await TestRing.StartAsync(
            1,
            slots: 2,
            options: options => options with { Labels = new Dictionary<string, string> { ["gpu"] = "yes" } }
        );
        var ended = await RunAsync(ring[0], """{"command":["false"]}""");
        var pending = await SubmitAsync(ring[0], """{"command":["true"],"delay":"1h"}""");
        var terms = $$"""
            {"command":["false"],"name":"n","group":"g","labels":{"a":"b"},"requires":{"gpu":"yes"},"priority":7,"timeout":"1m30s","killGrace":"1s",
             "retries":{"max":3,"backoff":"1s"},"concurrency":{"key":"k","max":4},"retention":"2h","index":5,"onExecutorLoss":"fail",
             "delay":"2h","idempotencyKey":"once","after":[{"id":"{{(string)ended["id"]!}}","when":"end"},"{{pending}}"]}
            """;
        var id = await SubmitAsync(ring[0], terms);
        await TestRing.UntilAsync(async () => (string?)(await ring[0].GetAsync($"/v1/jobs/{id}"))["after"]![0]!["state"] == "failed");
        await ring[0].PostAsync($"/v1/jobs/{id}:cancel");
        var first = await ring[0].FinalAsync(id);

        var again = (string)(await ring[0].PostAsync($"/v1/jobs/{id}:retry", status: HttpStatusCode.Created))["id"]!;

        var second = await ring[0].GetAsync($"/v1/jobs/{again}");
        foreach (
            var term in (string[])
                [
                    "name",
                    "group",
                    "labels",
                    "requires",
                    "priority",
                    "timeout",
                    "killGrace",
                    "retries",
                    "onExecutorLoss",
                    "concurrency",
                    "retention",
                    "index",
                    "summary",
                ]
        )
        {
            Assert.NotNull(first[term]);
            Assert.Equal(first[term]!.ToJsonString(), second[term]?.ToJsonString());
        }

        Assert.Equal((id, "waiting_for_dependencies"), ((string)second["retryOf"]!, (string)second["reason"]!));
        Assert.Equal(pending, (string)Assert.Single(second["after"]!.AsArray())!["id"]!);
        Assert.Null(second["startAt"]);
        Assert.Null(second["idempotencyKey"]);
    }

    [Fact]
    public async Task Retry_OfAJobWhoseCapIsElsewhereByNow_IsTakenThere()
    {
        await using var ring = await TestRing.StartAsync(1);
        var large = new string('x', 200_000);
        var failed = new List<string>();
        for (var i = 0; i < 8; i++)
        {
            var body = $$$"""{"command":["sh","-c","cat; exit 1"],"stdin":"{{{i + large}}}","concurrency":{"key":"k{{{i}}}","max":1}}""";
            failed.Add((string)(await RunAsync(ring[0], body))["id"]!);
        }

        await ring.AddAsync();
        await ring.UntilWholeAsync();

        var homes = new HashSet<string>();
        for (var i = 0; i < failed.Count; i++)
        {
            var again = (string)(await ring[i % 2].PostAsync($"/v1/jobs/{failed[i]}:retry", status: HttpStatusCode.Created))["id"]!;
            var job = await ring[0].FinalAsync(again);
            homes.Add((string)job["home"]!);
            Assert.Equal((failed[i], $"k{i}"), ((string)job["retryOf"]!, (string)job["concurrency"]!["key"]!));
            Assert.Equal(i + large, await ring[0].TextAsync($"/v1/jobs/{again}/result"));
        }

        Assert.Equal(2, homes.Count);
    }

    [Fact]
    public async Task Progress_ByDescriptorAndByHttp_IsShown()
    {
        await using var ring = await TestRing.StartAsync(2);
        var id = await SubmitAsync(ring[0], """{"command":["sh","-c","echo '40 half way' >&$RONDO_PROGRESS_FD; sleep 1000"]}""");
        await TestRing.UntilAsync(async () => (await ring[1].GetAsync($"/v1/jobs/{id}"))["progress"]?["percent"]?.GetValue<double>() == 40);

        using var body = new StringContent("""{"percent":70.5,"text":"nearly"}""");
        using var said = await ring[1].Client.PostAsync($"/v1/jobs/{id}/progress", body, Cancellation);
        Assert.Equal(HttpStatusCode.NoContent, said.StatusCode);
        var progress = (await ring[1].GetAsync($"/v1/jobs/{id}"))["progress"]!;
        Assert.Equal((70.5, "nearly"), ((double)progress["percent"]!, (string)progress["text"]!));

        using var wrong = await ring[1].Client.PostAsync($"/v1/jobs/{id}/progress", new StringContent("""{"percent":101}"""), Cancellation);
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        using var cancelled = await ring[0].Client.PostAsync($"/v1/jobs/{id}:cancel", null, Cancellation);
    }

    private static async Task<JsonNode> RunAsync(TestHost host, string body)
    {
        using var response = await host.Client.PostAsync("/v1/jobs?wait=30s", new StringContent(body), Cancellation);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancellation))!;
    }

    private static async Task<string> SubmitAsync(TestHost host, string body)
    {
        using var response = await host.Client.PostAsync("/v1/jobs", new StringContent(body), Cancellation);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        return (string)JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancellation))!["id"]!;
    }
}
