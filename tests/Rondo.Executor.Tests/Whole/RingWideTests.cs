using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Rondo.Executor.Tests.Whole;

/// <summary>What holds over all homes: dependencies, idempotency keys, caps, groups.</summary>
public sealed class RingWideTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Job_ThatDependsOnOneOfAnotherHome_RunsAfterIt()
    {
        await using var ring = await TestRing.StartAsync(2);
        var gate = Path.Combine(ring[0].Options.DataDirectory, "gate");
        var first = await ring[0].SubmitAsync("sh", "-c", $"until [ -e {gate} ]; do sleep 0.02; done");
        var second = await SubmitAsync(ring[1], $$"""{"command":["true"],"after":["{{first}}"]}""");
        var third = await SubmitAsync(ring[0], $$"""{"command":["true"],"after":[{"id":"{{second}}","when":"failure"}]}""");

        var job = await ring[0].GetAsync($"/v1/jobs/{second}");
        Assert.Equal(("scheduled", "waiting_for_dependencies"), ((string)job["state"]!, (string)job["reason"]!));
        Assert.Equal("pending", (string)job["after"]![0]!["state"]!);

        await File.WriteAllTextAsync(gate, "", Cancellation);
        job = await ring[0].FinalAsync(second);
        Assert.Equal(("succeeded", "succeeded"), ((string)job["state"]!, (string)job["after"]![0]!["state"]!));
        job = await ring[1].FinalAsync(third);
        Assert.Equal(("failed", "dependency_failed"), ((string)job["state"]!, (string)job["reason"]!));
        Assert.Contains(second, (string)job["error"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("stdin")]
    [InlineData("stdinBase64")]
    public async Task LargeInputs_WithKeysOfAnotherExecutor_ArriveThereAsTheyWere(string field)
    {
        await using var ring = await TestRing.StartAsync(2);
        var text = string.Concat(Enumerable.Range(0, 9_000).Select(i => $"{i} ä\n"));
        var input = field == "stdin" ? text : Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
        string Job(string key, string? more = null) =>
            $$"""{"command":["cat"],"{{field}}":{{JsonValue.Create(input).ToJsonString()}}{{more}},"idempotencyKey":"@{{ring[1].Host.Id}}/{{key}}"}""";

        using var content = new StringContent(
            $"{Job("a")}\n{Job("b", ""","array":"1-2" """)}\n{Job("c")}",
            Encoding.UTF8,
            "application/x-ndjson"
        );
        using var response = await ring[0].Client.PostAsync("/v1/jobs:batch", content, Cancellation);
        var answers = (await response.Content.ReadAsStringAsync(Cancellation)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        List<string> ids =
        [
            .. answers
                .Select(line => JsonNode.Parse(line)!)
                .SelectMany(answer => answer["ids"]?.AsArray().ToArray() ?? [answer["id"]])
                .Select(id => (string)id!),
            (string)(await ring[0].PostAsync("/v1/jobs", Job("d"), HttpStatusCode.Created))["id"]!,
        ];

        Assert.Equal(5, ids.Count);
        Assert.All(ids, id => Assert.StartsWith($"{ring[1].Host.Id}-", id));
        foreach (var id in ids)
        {
            await ring[0].FinalAsync(id);
            Assert.Equal(text, await ring[0].TextAsync($"/v1/jobs/{id}/result"));
        }
    }

    [Fact]
    public async Task Job_ThatDependsOnOneThatNeverWas_FailsAndSaysSo()
    {
        await using var ring = await TestRing.StartAsync(2);
        var unknown = $"{ring[1].Host.Id}-999";

        var job = await ring[0].FinalAsync(await SubmitAsync(ring[0], $$"""{"command":["true"],"after":["{{unknown}}"]}"""));

        Assert.Equal("dependency_failed", (string)job["reason"]!);
        Assert.Contains(unknown, (string)job["error"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SameKey_AtEveryExecutor_GivesOneIdAndAnotherJobAConflict()
    {
        await using var ring = await TestRing.StartAsync(3);
        for (var key = 0; key < 6; key++)
        {
            var body = $$"""{"command":["echo","{{key}}"],"idempotencyKey":"order {{key}}"}""";
            var answers = await Task.WhenAll(Enumerable.Range(0, 9).Select(i => SendAsync(ring[i % 3], body)));

            Assert.Single(answers.Select(answer => answer.Id).Distinct());
            Assert.Equal(8, answers.Count(answer => answer.Status == HttpStatusCode.OK));
            var problem = await ring[key % 3]
                .PostAsync("/v1/jobs", $$"""{"command":["other"],"idempotencyKey":"order {{key}}"}""", HttpStatusCode.Conflict);
            Assert.Equal("urn:rondo:idempotency_conflict", (string)problem["type"]!);
        }
    }

    [Theory]
    [InlineData("sweep/1")]
    [InlineData("50%2F50")]
    public async Task SameKey_AfterANewcomerOwnsIt_GivesTheSameId(string kind)
    {
        await using var ring = await TestRing.StartAsync(1);
        var keys = Enumerable.Range(0, 20).Select(i => $"{kind}/{i}").ToArray();
        var ids = new List<string>();
        foreach (var key in keys)
        {
            ids.Add((await SendAsync(ring[0], """{"command":["true"]}""", key)).Id);
        }

        // Of so many keys some belong to it, and it has to ask the other for them.
        await ring.AddAsync();
        await ring.UntilWholeAsync();
        for (var i = 0; i < keys.Length; i++)
        {
            Assert.Equal((HttpStatusCode.OK, ids[i]), await SendAsync(ring[1], """{"command":["true"]}""", keys[i]));
        }
    }

    [Theory]
    [InlineData("team/sweep")]
    [InlineData("team%2Fsweep")]
    [InlineData("a b/c:cancel")]
    public async Task Name_WithASlash_IsFoundByItsPath(string name)
    {
        await using var ring = await TestRing.StartAsync(2);
        var path = Uri.EscapeDataString(name);
        var body = new JsonObject { ["command"] = new JsonArray("sleep", "60"), ["group"] = name }.ToJsonString();
        await SubmitAsync(ring[0], body);
        await SubmitAsync(ring[1], body);

        Assert.Equal(2, (int)(await ring[0].PostAsync($"/v1/groups/{path}:cancel"))["cancelled"]!);
        using var cron = new StringContent("""{"cron":"@daily","job":{"command":["true"]}}""", Encoding.UTF8, "application/json");
        using var put = await ring[0].Client.PutAsync($"/v1/crons/{path}", cron, Cancellation);
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        foreach (var host in (TestHost[])[ring[0], ring[1]])
        {
            Assert.Equal(name, (string)(await host.GetAsync($"/v1/crons/{path}"))["name"]!);
        }
    }

    [Fact]
    public async Task List_OfALabelThatFewOfManyJobsHave_LooksAtABoundedNumberAndGoesOnByTheCursor()
    {
        const int Others = 45_000;
        await using var ring = await TestRing.StartAsync(1);
        var wanted = (string)
            (await ring[0].PostAsync("/v1/jobs", """{"handler":"noop","labels":{"a":"b"}}""", HttpStatusCode.Created))["id"]!;
        await ring[0].FinalAsync(wanted);
        var lines = string.Concat(Enumerable.Repeat("{\"handler\":\"noop\",\"labels\":{\"a\":\"c\"}}\n", Others));
        using var content = new StringContent(lines, Encoding.UTF8, "application/x-ndjson");
        using var taken = await ring[0].Client.PostAsync("/v1/jobs:batch?results=true", content, Cancellation);
        Assert.Equal(2 * Others, (await taken.Content.ReadAsStringAsync(Cancellation)).Count(character => character == '\n'));

        var pages = new List<int>();
        string? cursor = null;
        do
        {
            var page = await ring[0].GetAsync("/v1/jobs?label=a%3Db" + (cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}"));
            pages.Add(page["jobs"]!.AsArray().Count);
            cursor = (string?)page["nextCursor"];
        } while (cursor is not null);

        // Each request looks at twenty thousand.
        Assert.Equal([0, 0, 1], pages);
    }

    [Fact]
    public async Task List_Since_HasThoseAloneThatCameThen()
    {
        await using var ring = await TestRing.StartAsync(2);
        await ring[0].FinalAsync(await ring[0].SubmitAsync("true"));
        await ring[1].FinalAsync(await ring[1].SubmitAsync("true"));
        var late = await ring[1].SubmitAsync("true");
        var since = Uri.EscapeDataString((string)(await ring[1].FinalAsync(late))["submittedAt"]!);

        var jobs = (await ring[0].GetAsync($"/v1/jobs?since={since}"))["jobs"]!.AsArray();

        Assert.Equal([late], jobs.Select(job => (string)job!["id"]!));
        await ring[0].GetAsync("/v1/jobs?since=2026-01-31", HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task SameKey_AfterTheJobEndedAndItsHomeWasStartedAgain_GivesTheSameId()
    {
        await using var ring = await TestRing.StartAsync(2);
        const string Body = """{"command":["true"]}""";
        var first = await SendAsync(ring[0], Body, "once");
        await ring[0].FinalAsync(first.Id);
        for (var i = 0; i < 2; i++)
        {
            await ring[i].StopAsync();
            await ring[i].StartAsync();
            await ring.UntilWholeAsync();
        }

        Assert.Equal((HttpStatusCode.OK, first.Id), await SendAsync(ring[1], Body, "once"));
        Assert.Equal(
            (HttpStatusCode.OK, first.Id),
            await SendAsync(ring[0], """ { "command" : [ "true" ] , "idempotencyKey":"once" } """, "once")
        );
    }

    [Fact]
    public async Task Key_InHeadAndBody_HasToBeTheSame()
    {
        await using var ring = await TestRing.StartAsync(1);

        var (status, _) = await SendAsync(ring[0], """{"command":["true"],"idempotencyKey":"a"}""", "b");

        Assert.Equal(HttpStatusCode.BadRequest, status);
    }

    [Fact]
    public async Task Key_WhoseExecutorIsDown_IsRefusedByNameAndOthersAreTaken()
    {
        await using var ring = await TestRing.StartAsync(2);
        var gone = ring[1].Host.Id.ToString();
        await ring[1].StopAsync();

        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 20; i++)
        {
            using var content = new StringContent($$"""{"command":["true"],"idempotencyKey":"{{i}}"}""", Encoding.UTF8, "application/json");
            using var response = await ring[0].Client.PostAsync("/v1/jobs", content, Cancellation);
            statuses.Add(response.StatusCode);
            if (response.StatusCode == HttpStatusCode.ServiceUnavailable)
            {
                Assert.NotNull(response.Headers.RetryAfter);
                var problem = JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancellation))!;
                Assert.Equal(gone, (string)problem["executor"]!);
            }
        }

        Assert.Equal([HttpStatusCode.Created, HttpStatusCode.ServiceUnavailable], statuses.Distinct().Order());
    }

    [Fact]
    public async Task Cap_OfAKey_HoldsOverAllExecutors()
    {
        await using var ring = await TestRing.StartAsync(3, slots: 4);
        var log = Path.Combine(ring[0].Options.DataDirectory, "log");
        var ids = new List<string>();
        for (var i = 0; i < 12; i++)
        {
            var body = new JsonObject
            {
                ["command"] = new JsonArray("sh", "-c", $"echo + >> {log}; sleep 0.1; echo - >> {log}"),
                ["concurrency"] = new JsonObject { ["key"] = "license", ["max"] = 2 },
            };
            ids.Add(await SubmitAsync(ring[i % 3], body.ToJsonString()));
        }

        Assert.Single(ids.Select(id => id.Split('-')[0]).Distinct());
        foreach (var id in ids)
        {
            Assert.Equal("succeeded", (string)(await ring[0].FinalAsync(id))["state"]!);
        }

        var running = 0;
        var most = 0;
        foreach (var line in await File.ReadAllLinesAsync(log, Cancellation))
        {
            running += line == "+" ? 1 : -1;
            most = Math.Max(most, running);
        }

        Assert.Equal((0, 2), (running, most));
    }

    [Fact]
    public async Task Group_OfSeveralHomes_IsCancelledThroughAnyExecutor()
    {
        await using var ring = await TestRing.StartAsync(3);
        var ids = new List<string>();
        for (var i = 0; i < 9; i++)
        {
            ids.Add(await SubmitAsync(ring[i % 2], """{"command":["sleep","60"],"group":"a b"}"""));
        }

        var other = await ring[0].SubmitAsync("true");
        var cancelled = await ring[2].PostAsync("/v1/groups/a%20b:cancel");

        Assert.Equal(9, (int)cancelled["cancelled"]!);
        Assert.Empty(cancelled["unreachable"]!.AsArray());
        foreach (var id in ids)
        {
            Assert.Equal("cancelled", (string)(await ring[2].FinalAsync(id))["state"]!);
        }

        Assert.Equal("succeeded", (string)(await ring[0].FinalAsync(other))["state"]!);
        Assert.Equal(0, (int)(await ring[0].PostAsync("/v1/groups/a%20b:cancel"))["cancelled"]!);
    }

    [Fact]
    public async Task Results_OfAGroupOfSeveralHomes_ComeAsTheJobsEndEachOnce()
    {
        await using var ring = await TestRing.StartAsync(2, slots: 4);
        var gate = Path.Combine(ring[0].Options.DataDirectory, "gate");
        var early = await SubmitAsync(ring[0], """{"command":["echo","early"],"group":"g"}""");
        await ring[0].FinalAsync(early);
        using var response = await ring[1]
            .Client.GetAsync("/v1/groups/g/results?follow=true&count=5", HttpCompletionOption.ResponseHeadersRead, Cancellation);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(Cancellation));
        Assert.Equal(early, Id(await lines.ReadLineAsync(Cancellation)));

        var late = new List<string>();
        for (var i = 0; i < 4; i++)
        {
            late.Add(
                await SubmitAsync(
                    ring[i % 2],
                    $$"""{"command":["sh","-c","until [ -e {{gate}} ]; do sleep 0.02; done; echo {{i}}"],"group":"g"}"""
                )
            );
        }

        await File.WriteAllTextAsync(gate, "", Cancellation);
        var rest = new List<JsonNode>();
        while (await lines.ReadLineAsync(Cancellation) is { } line)
        {
            rest.Add(JsonNode.Parse(line)!);
        }

        Assert.Equal(late.Order(), rest.Select(line => (string)line["id"]!).Order());
        Assert.All(rest, line => Assert.Equal($"{late.IndexOf((string)line["id"]!)}\n", (string)line["result"]!));
        Assert.All(rest, line => Assert.Equal("succeeded", (string)line["job"]!["state"]!));
        Assert.Equal(5, (await ring[0].TextAsync("/v1/groups/g/results")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    private static string Id(string? line) => (string)JsonNode.Parse(line!)!["id"]!;

    private static async Task<string> SubmitAsync(TestHost host, string body) =>
        (string)(await host.PostAsync("/v1/jobs", body, HttpStatusCode.Created))["id"]!;

    private static async Task<(HttpStatusCode Status, string Id)> SendAsync(TestHost host, string body, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/jobs")
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        using var response = await host.Client.SendAsync(request, Cancellation);
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancellation))!;
        return (response.StatusCode, (string?)answer["id"] ?? "");
    }
}
