using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Rondo.Executor.Tests.Whole;

/// <summary>One request for many jobs.</summary>
public sealed class ArrayTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Array_InOneRequest_IsAJobForEachIndex()
    {
        await using var ring = await TestRing.StartAsync(1);

        var answer = await ring[0]
            .PostAsync("/v1/jobs", """{"command":["sh","-c","echo $RONDO_INDEX"],"array":"2-6:2,9"}""", HttpStatusCode.Created);

        var ids = Ids(answer);
        Assert.Equal((4, ids[0]), (ids.Length, (string)answer["id"]!));
        foreach (var (id, index) in ids.Zip([2, 4, 6, 9]))
        {
            Assert.Equal(index, (int)(await ring[0].FinalAsync(id))["index"]!);
            Assert.Equal($"{index}\n", await ring[0].TextAsync($"/v1/jobs/{id}/result"));
        }
    }

    [Fact]
    public async Task Array_WithAKeyGivenTwiceAtDifferentExecutors_IsTheSameJobs()
    {
        await using var ring = await TestRing.StartAsync(3);
        const string Body = """{"command":["true"],"array":"1-20","idempotencyKey":"sweep"}""";

        var first = Ids(await ring[0].PostAsync("/v1/jobs", Body, HttpStatusCode.Created));
        var again = await ring[1].PostAsync("/v1/jobs", Body);
        var one = await ring[2].PostAsync("/v1/jobs", """{"command":["true"],"index":7,"idempotencyKey":"sweep/7"}""");
        var other = await ring[2]
            .PostAsync("/v1/jobs", """{"command":["false"],"array":"1-20","idempotencyKey":"sweep"}""", HttpStatusCode.Conflict);

        Assert.Equal(20, first.Distinct().Count());
        Assert.True(first.Select(id => id.Split('-')[0]).Distinct().Count() > 1, "all keys have the same home: this tests nothing");
        Assert.Equal(first, Ids(again));
        Assert.True((bool)again["known"]!);
        Assert.Equal(first[6], (string)one["id"]!);
        Assert.Equal("urn:rondo:idempotency_conflict", (string)other["type"]!);
        Assert.Equal(20, (await ring[0].GetAsync("/v1/jobs?limit=100"))["jobs"]!.AsArray().Count);
    }

    [Fact]
    public async Task Array_WithACapWhoseHomeIsAnotherExecutor_IsTakenThere()
    {
        await using var ring = await TestRing.StartAsync(2);
        foreach (var host in new[] { ring[0], ring[1] })
        {
            var ids = Ids(
                await host.PostAsync(
                    "/v1/jobs",
                    """{"command":["true"],"array":"1-5","concurrency":{"key":"database","max":2},"idempotencyKey":"all"}""",
                    host == ring[0] ? HttpStatusCode.Created : HttpStatusCode.OK
                )
            );

            Assert.Equal(5, ids.Distinct().Count());
            Assert.Single(ids.Select(id => id.Split('-')[0]).Distinct());
            Assert.Equal("succeeded", (string)(await host.FinalAsync(ids[4]))["state"]!);
        }
    }

    [Fact]
    public async Task Arrays_InABatch_AreAnsweredInOrderAndNamedAsAWhole()
    {
        await using var ring = await TestRing.StartAsync(2);
        var log = Path.Combine(ring[0].Options.DataDirectory, "log");

        var answers = await BatchAsync(
            ring[0],
            $$"""{"command":["sh","-c","wc -l < {{log}}"],"after":["#parts"]}""",
            $$"""{"ref":"parts","array":"1-30","command":["sh","-c","echo $RONDO_INDEX >> {{log}}"]}""",
            """{"array":"1-3","command":["true"],"idempotencyKey":"k"}""",
            """{"array":"3-1","command":["true"]}""",
            """{"command":["true"],"after":["#many"]}""",
            """{"ref":"many","handler":"nobody","array":"1-1001"}"""
        );

        Assert.Equal([null, 30, 3, null, null, 1001], answers.Select(answer => answer["ids"]?.AsArray().Count));
        Assert.Equal([null, null, null, 4, 5, null], answers.Select(answer => (int?)answer["line"]));
        Assert.Contains("names 1001 jobs", (string)answers[4]["error"]!["detail"]!, StringComparison.Ordinal);
        var id = (string)answers[0]["id"]!;
        Assert.Equal("succeeded", (string)(await ring[0].FinalAsync(id))["state"]!);
        Assert.Equal("30", (await ring[0].TextAsync($"/v1/jobs/{id}/result")).Trim());
    }

    [Fact]
    public async Task Array_ThatDoesNotFit_SaysWhichJobsWereTaken()
    {
        await using var ring = await TestRing.StartAsync(1, options: options => options with { MaxUnfinished = 5 });

        var problem = await ring[0].PostAsync("/v1/jobs", """{"handler":"nobody","array":"1-8"}""", HttpStatusCode.TooManyRequests);
        var answers = await BatchAsync(ring[0], """{"handler":"nobody","array":"1-8"}""");

        Assert.Equal("urn:rondo:full", (string)problem["type"]!);
        Assert.Equal(5, Ids(problem).Length);
        Assert.Contains("5 of the 8 jobs", (string)problem["detail"]!, StringComparison.Ordinal);
        Assert.Equal(429, (int)Assert.Single(answers)["error"]!["status"]!);
    }

    [Fact]
    public async Task Batch_WithResultsOfAnArray_TellsTheEndOfEachOfItsJobs()
    {
        await using var ring = await TestRing.StartAsync(1);
        using var content = new StringContent("""{"command":["sh","-c","echo $RONDO_INDEX"],"array":"1-7"}""", Encoding.UTF8);

        using var response = await ring[0].Client.PostAsync("/v1/jobs:batch?results=true", content, Cancellation);

        var answers = Lines(await response.Content.ReadAsStringAsync(Cancellation));
        var ids = Ids(Assert.Single(answers, answer => answer["ids"] is not null));
        var ends = answers
            .Where(answer => answer["state"] is not null)
            .ToDictionary(end => (string)end["id"]!, end => (string)end["result"]!);
        Assert.Equal(Enumerable.Range(1, 7).Select(index => $"{index}\n"), ids.Select(id => ends[id]));
    }

    private static string[] Ids(JsonNode answer) => [.. answer["ids"]!.AsArray().Select(id => (string)id!)];

    private static List<JsonNode> Lines(string text) =>
        [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)];

    private static async Task<List<JsonNode>> BatchAsync(TestHost host, params string[] lines)
    {
        using var content = new StringContent(string.Join('\n', lines), Encoding.UTF8, "application/x-ndjson");
        using var response = await host.Client.PostAsync("/v1/jobs:batch", content, Cancellation);
        return Lines(await response.Content.ReadAsStringAsync(Cancellation));
    }
}
