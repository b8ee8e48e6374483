using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Rondo.Executor.Tests.Whole;

/// <summary>Many jobs in one request.</summary>
public sealed class BatchTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Batch_WithBadAndBlankLines_AnswersInOrderAndTakesTheOthers()
    {
        await using var ring = await TestRing.StartAsync(1);

        var answers = await SendAsync(ring[0], "{\"command\":[\"true\"]}\n\n{\"comand\":[]}\nnonsense\r\n{\"command\":[\"true\"]}");

        Assert.Equal(4, answers.Count);
        Assert.NotNull(answers[0]["id"]);
        Assert.Equal(3, (int)answers[1]["line"]!);
        Assert.Contains("comand", (string)answers[1]["error"]!["detail"]!, StringComparison.Ordinal);
        Assert.Equal(400, (int)answers[1]["error"]!["status"]!);
        Assert.Equal(4, (int)answers[2]["line"]!);
        await ring[0].FinalAsync((string)answers[3]["id"]!);
    }

    [Fact]
    public async Task Batch_OfManyLinesByAClientThatReadsOnlyAtTheEnd_IsTakenWhole()
    {
        await using var ring = await TestRing.StartAsync(1, options: options => options with { MaxUnfinished = 100_000 });
        var lines = new StringBuilder();
        for (var i = 0; i < 20_000; i++)
        {
            lines.Append("{\"handler\":\"nobody\"}\n");
        }

        var answers = await SendAsync(ring[0], lines.ToString());

        var numbers = answers.Select(answer => long.Parse(((string)answer["id"]!).Split('-')[1])).ToArray();
        Assert.Equal(Enumerable.Range(1, 20_000).Select(number => (long)number), numbers);
    }

    [Fact]
    public async Task Batch_BeyondTheMostUnfinishedJobs_SaysSoForEachLine()
    {
        await using var ring = await TestRing.StartAsync(1, options: options => options with { MaxUnfinished = 2 });

        var answers = await SendAsync(ring[0], string.Concat(Enumerable.Repeat("{\"handler\":\"nobody\"}\n", 4)));

        Assert.Equal([false, false, true, true], answers.Select(answer => answer["error"] is not null));
        Assert.Equal("urn:rondo:full", (string)answers[3]["error"]!["type"]!);
        var problem = await ring[0].PostAsync("/v1/jobs", """{"command":["true"]}""", HttpStatusCode.TooManyRequests);
        Assert.Equal("urn:rondo:full", (string)problem["type"]!);
    }

    [Fact]
    public async Task Batch_WithResults_TellsHowEachJobEnded()
    {
        await using var ring = await TestRing.StartAsync(1);

        var answers = await SendAsync(
            ring[0],
            """
            {"handler":"noop","payload":{"a":"é"}}
            {"comand":[]}
            {"command":["sh","-c","printf '\\377'; exit 3"]}
            {"command":["sh","-c","head -c 70000 /dev/zero"]}
            """,
            "?results=true"
        );

        string[] ids =
        [
            .. answers.Where(answer => answer["state"] is null && answer["id"] is not null).Select(answer => (string)answer["id"]!),
        ];
        Assert.Equal(3, ids.Length);
        Assert.Equal(2, (int)Assert.Single(answers, answer => answer["error"] is JsonObject)["line"]!);
        Assert.Equal(7, answers.Count);
        var ends = answers.Where(answer => answer["state"] is not null).ToDictionary(answer => (string)answer["id"]!);
        Assert.Equal(("succeeded", """{"a":"é"}"""), ((string)ends[ids[0]]["state"]!, (string)ends[ids[0]]["result"]!));
        Assert.Equal(
            ("failed", "exit_code", 3),
            ((string)ends[ids[1]]["state"]!, (string)ends[ids[1]]["reason"]!, (int)ends[ids[1]]["exitCode"]!)
        );
        Assert.Equal([0xFF], Convert.FromBase64String((string)ends[ids[1]]["resultBase64"]!));
        Assert.Equal(70_000, (int)ends[ids[2]]["resultBytes"]!);
    }

    [Fact]
    public async Task Batch_OfKeysThatBelongToOthers_IsAnsweredInOrderAndTellsOfEachEnd()
    {
        const int Jobs = 150;
        await using var ring = await TestRing.StartAsync(3);
        var lines = new StringBuilder();
        for (var i = 0; i < Jobs; i++)
        {
            // Each key twice, one line behind the other, and a line between that another executor refuses.
            var job = $$"""{"handler":"noop","payload":{{i}},"idempotencyKey":"key {{i}}"}""";
            lines.AppendLine(job).AppendLine(job);
            lines.AppendLine($$"""{"handler":"noop","payload":"other","idempotencyKey":"key {{i}}"}""");
        }

        var answers = await SendAsync(ring[0], lines.ToString(), "?results=true");

        var ends = answers.Where(answer => answer["state"] is not null).ToLookup(answer => (string)answer["id"]!);
        var told = answers.Where(answer => answer["state"] is null).ToList();
        Assert.Equal(3 * Jobs, told.Count);
        for (var i = 0; i < Jobs; i++)
        {
            var id = (string)told[3 * i]["id"]!;
            Assert.Null(told[3 * i]["known"]);
            Assert.Equal((id, true), ((string)told[(3 * i) + 1]["id"]!, (bool)told[(3 * i) + 1]["known"]!));
            Assert.Equal((409, (3 * i) + 3), ((int)told[(3 * i) + 2]["error"]!["status"]!, (int)told[(3 * i) + 2]["line"]!));
            Assert.Equal([$"{i}", $"{i}"], ends[id].Select(end => (string)end["result"]!));
        }

        Assert.Equal(3, told.Where(line => line["id"] is not null).Select(line => ((string)line["id"]!).Split('-')[0]).Distinct().Count());
    }

    private static async Task<List<JsonNode>> SendAsync(TestHost host, string lines, string query = "")
    {
        using var content = new StringContent(lines, Encoding.UTF8, "application/x-ndjson");
        using var response = await host.Client.PostAsync("/v1/jobs:batch" + query, content, Cancellation);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var text = await response.Content.ReadAsStringAsync(Cancellation);
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)];
    }
}
