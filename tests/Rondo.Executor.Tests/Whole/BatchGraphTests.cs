using System.Text;
using System.Text.Json.Nodes;

namespace Rondo.Executor.Tests.Whole;

/// <summary>Batches whose lines name each other, or belong to several executors.</summary>
public sealed class BatchGraphTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Lines_ThatNameEachOther_RunInThatOrderWhateverTheirs()
    {
        await using var ring = await TestRing.StartAsync(2);
        var log = Path.Combine(ring[0].Options.DataDirectory, "log");
        var answers = await BatchAsync(
            ring[1],
            Line("d", log, "b", "c"),
            Line("b", log, "a"),
            """{"command":["true"]}""",
            Line("c", log, "a"),
            Line("a", log)
        );

        Assert.All(answers, answer => Assert.NotNull(answer["id"]));
        Assert.Equal("succeeded", (string)(await ring[0].FinalAsync((string)answers[0]["id"]!))["state"]!);
        var ran = await File.ReadAllLinesAsync(log, Cancellation);
        Assert.Equal(("a", "d", 4), (ran[0], ran[^1], ran.Length));
    }

    [Fact]
    public async Task Lines_ThatGoRoundInACircle_AreRefusedByNameAndSoIsWhatHangsOnThem()
    {
        await using var ring = await TestRing.StartAsync(1);
        var answers = await BatchAsync(
            ring[0],
            """{"ref":"a","command":["true"],"after":["#b"]}""",
            """{"ref":"b","command":["true"],"after":["#c"]}""",
            """{"ref":"c","command":["true"],"after":["#a"]}""",
            """{"command":["true"],"after":["#b"]}""",
            """{"ref":"self","command":["true"],"after":["#self"]}""",
            """{"command":["true"],"after":["#nobody"]}""",
            """{"ref":"twice","command":["true"]}""",
            """{"ref":"twice","command":["true"]}"""
        );

        var details = answers.Select(answer => (string?)answer["error"]?["detail"]).ToArray();
        Assert.All(details[..3], detail => Assert.Contains("circle: #", detail, StringComparison.Ordinal));
        Assert.All(["#a", "#b", "#c"], name => Assert.Contains(name, details[0], StringComparison.Ordinal));
        Assert.Contains("#b", details[3], StringComparison.Ordinal);
        Assert.Contains("#self before #self", details[4], StringComparison.Ordinal);
        Assert.Contains("#nobody", details[5], StringComparison.Ordinal);
        Assert.Null(details[6]);
        Assert.Contains("line 7", details[7], StringComparison.Ordinal);
        Assert.Equal([1, 2, 3, 4, 5, 6, 8], answers.Select(answer => (int?)answer["line"]).OfType<int>());
    }

    [Fact]
    public async Task Line_ThatIsRefusedBehindAnArray_IsToldTheLinesAndNotTheJobs()
    {
        await using var ring = await TestRing.StartAsync(1);
        var answers = await BatchAsync(
            ring[0],
            """{"command":["true"],"array":"1-3"}""",
            """{"ref":"twice","command":["true"]}""",
            """{"ref":"twice","command":["true"]}"""
        );

        Assert.Equal(3, answers[0]["ids"]!.AsArray().Count);
        Assert.Contains("line 2", (string)answers[2]["error"]!["detail"]!, StringComparison.Ordinal);
        Assert.Equal(3, (int)answers[2]["line"]!);
    }

    [Fact]
    public async Task Lines_WithKeys_AreTakenByTheExecutorsTheyBelongToAndAnsweredInOrder()
    {
        await using var ring = await TestRing.StartAsync(3);
        var lines = Enumerable
            .Range(0, 60)
            .Select(i => $$"""{"command":["echo","{{i}}"],"idempotencyKey":"{{i / 2}}-{{i % 2 * (i / 2 % 2)}}"}""")
            .ToArray();

        var first = await BatchAsync(ring[0], lines);
        var again = await BatchAsync(ring[1], lines);

        Assert.Equal(first.Select(answer => (string?)answer["id"]), again.Select(answer => (string?)answer["id"]));
        Assert.All(again, answer => Assert.True(answer["error"] is not null || (bool)answer["known"]!));
        Assert.Equal(3, first.Select(answer => ((string?)answer["id"])?.Split('-')[0]).OfType<string>().Distinct().Count());
        for (var i = 0; i < 60; i++)
        {
            // Every second pair is of two jobs with one key.
            Assert.Equal(i / 2 % 2 == 0 && i % 2 == 1, answerIsConflict(first[i]));
        }

        static bool answerIsConflict(JsonNode answer) => (string?)answer["error"]?["type"] == "urn:rondo:idempotency_conflict";
    }

    [Fact]
    public async Task Results_OfLinesThatOtherExecutorsTook_AreToldAsWell()
    {
        await using var ring = await TestRing.StartAsync(3);
        var lines = Enumerable.Range(0, 20).Select(i => $$"""{"command":["echo","{{i}}"],"idempotencyKey":"{{i}}"}""").ToArray();

        for (var round = 0; round < 2; round++)
        {
            var answers = await BatchAsync(ring[round], "?results=true", lines);

            Assert.Equal(40, answers.Count);
            var ids = answers.Where(answer => answer["state"] is null).Select(answer => (string)answer["id"]!).ToList();
            var ends = answers.Where(answer => answer["state"] is not null).ToDictionary(answer => (string)answer["id"]!);
            Assert.All(ids, id => Assert.Equal($"{ids.IndexOf(id)}\n", (string)ends[id]["result"]!));
        }
    }

    private static string Line(string name, string log, params string[] after) =>
        new JsonObject
        {
            ["ref"] = name,
            ["command"] = new JsonArray("sh", "-c", $"echo {name} >> {log}"),
            ["after"] = new JsonArray([.. after.Select(other => (JsonNode)$"#{other}")]),
        }.ToJsonString();

    private static Task<List<JsonNode>> BatchAsync(TestHost host, params string[] lines) => BatchAsync(host, "", lines);

    private static async Task<List<JsonNode>> BatchAsync(TestHost host, string query, string[] lines)
    {
        using var content = new StringContent(string.Join('\n', lines), Encoding.UTF8, "application/x-ndjson");
        using var response = await host.Client.PostAsync($"/v1/jobs:batch{query}", content, Cancellation);
        var text = await response.Content.ReadAsStringAsync(Cancellation);
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)];
    }
}
