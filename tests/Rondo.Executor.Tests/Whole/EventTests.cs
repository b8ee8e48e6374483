using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Rondo.Executor.Http;
using Rondo.Executor.Http.Events;

namespace Rondo.Executor.Tests.Whole;

/// <summary>Server-sent events, read as a browser reads them.</summary>
public sealed class EventTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Job_ThroughAnotherExecutor_IsFollowedFromWaitingToItsEnd()
    {
        await using var ring = await TestRing.StartAsync(2, slots: 1);
        var gate = Path.Combine(ring[0].Options.DataDirectory, "gate");
        var id = await ring[0].SubmitAsync("sh", "-c", $"until [ -e {gate} ]; do sleep 0.02; done");
        await ring[0].UntilStateAsync(id, "running");

        var seen = new List<string>();
        await foreach (var item in Events(ring[1], $"/v1/events?job={id}"))
        {
            Assert.Equal("job", item.EventType);
            var job = JsonNode.Parse(item.Data)!;
            Assert.Equal(id, (string)job["id"]!);
            seen.Add((string)job["state"]!);
            if (seen.Count == 1)
            {
                await File.WriteAllTextAsync(gate, "", Cancellation);
            }
        }

        Assert.Equal(["running", "succeeded"], seen);
    }

    [Fact]
    public async Task Job_ResumedWithWhatTheClientHad_IsNotToldAgain()
    {
        await using var ring = await TestRing.StartAsync(1);
        var id = await ring[0].SubmitAsync("true");
        await ring[0].FinalAsync(id);

        var first = Assert.Single(await Events(ring[0], $"/v1/events?job={id}").ToListAsync(Cancellation));
        var again = await Events(ring[0], $"/v1/events?job={id}", first.EventId).ToListAsync(Cancellation);

        Assert.Equal($"succeeded.{ring[0].Host.Id}.1", first.EventId);
        Assert.Empty(again);
    }

    [Fact]
    public async Task Group_TellsOfItsJobsThatEndedAndThatEndWhereverTheyAreAtHome()
    {
        await using var ring = await TestRing.StartAsync(2);
        var gate = Path.Combine(ring[0].Options.DataDirectory, "gate");
        var first = await SubmitAsync(ring[0], "exit 3");
        await ring[0].FinalAsync(first);
        var second = await SubmitAsync(ring[1], $"until [ -e {gate} ]; do sleep 0.02; done");
        await ring[0].SubmitAsync("true");

        var seen = new List<(string, string)>();
        await foreach (var item in Events(ring[1], "/v1/events?group=sweep"))
        {
            var job = JsonNode.Parse(item.Data)!;
            seen.Add(((string)job["id"]!, (string)job["state"]!));
            if (seen.Count == 2)
            {
                break;
            }

            await File.WriteAllTextAsync(gate, "", Cancellation);
        }

        Assert.Equal([(first, "failed"), (second, "succeeded")], seen);
    }

    [Fact]
    public async Task Group_ResumedAfterEachEvent_AtAnyExecutor_TellsEachJobOnce()
    {
        await using var ring = await TestRing.StartAsync(2);
        var ended = new List<string>();
        for (var i = 0; i < 4; i++)
        {
            ended.Add(await SubmitAsync(ring[i % 2], "true"));
            await ring[i % 2].FinalAsync(ended[i]);
        }

        // Each connection breaks after one event, in the midst of what had ended before as well as of what ends meanwhile.
        var seen = new List<string>();
        string? last = null;
        for (var i = 0; i < 8; i++)
        {
            await foreach (var item in Events(ring[i % 2], "/v1/events?group=sweep", last))
            {
                seen.Add((string)JsonNode.Parse(item.Data)!["id"]!);
                last = item.EventId;
                break;
            }

            if (i is >= 2 and < 6)
            {
                ended.Add(await SubmitAsync(ring[i / 2 % 2], "true"));
                await ring[i / 2 % 2].FinalAsync(ended[^1]);
            }
        }

        Assert.Equal(ended.Order(), seen.Order());
    }

    [Fact]
    public async Task Group_ResumedAfterAHomeWasStartedAgain_TellsAllOfItsJobsAndNoneOfOthersAgain()
    {
        await using var ring = await TestRing.StartAsync(2);
        var first = await SubmitAsync(ring[0], "true");
        var second = await SubmitAsync(ring[1], "true");
        await ring[0].FinalAsync(first);
        await ring[0].FinalAsync(second);
        string? last = null;
        var seen = new List<string>();
        await foreach (var item in Events(ring[0], "/v1/events?group=sweep"))
        {
            seen.Add((string)JsonNode.Parse(item.Data)!["id"]!);
            last = item.EventId;
            if (seen.Count == 2)
            {
                break;
            }
        }

        await ring[1].StopAsync();
        await ring[1].StartAsync();
        await ring.UntilWholeAsync();
        var third = await SubmitAsync(ring[0], "true");
        await ring[0].FinalAsync(third);
        var again = new List<string>();
        await foreach (var item in Events(ring[0], "/v1/events?group=sweep", last))
        {
            again.Add((string)JsonNode.Parse(item.Data)!["id"]!);
            if (again.Count == 2)
            {
                break;
            }
        }

        Assert.Equal(new[] { second, third }.Order(), again.Order());
    }

    [Theory]
    [InlineData("k7q2-42")]
    [InlineData("k7q2=1.2.3,m3xd=1.-1.0.0,=,k7q2=1.2.99999999999.0")]
    public async Task Group_ResumedWithAnIdThatIsNone_IsToldFromTheBeginning(string id)
    {
        await using var ring = await TestRing.StartAsync(1);
        var job = await SubmitAsync(ring[0], "true");
        await ring[0].FinalAsync(job);

        await foreach (var item in Events(ring[0], "/v1/events?group=sweep", id))
        {
            Assert.Equal(job, (string)JsonNode.Parse(item.Data)!["id"]!);
            break;
        }
    }

    private static async Task<string> SubmitAsync(TestHost host, string script)
    {
        var body = new JsonObject { ["command"] = new JsonArray("sh", "-c", script), ["group"] = "sweep" };
        return (string)(await host.PostAsync("/v1/jobs", body.ToJsonString(), HttpStatusCode.Created))["id"]!;
    }

    [Fact]
    public async Task Ring_TellsOfAnExecutorThatLeaves()
    {
        await using var ring = await TestRing.StartAsync(2);
        var stopped = false;
        await foreach (var item in Events(ring[0], "/v1/events?ring"))
        {
            Assert.Equal("ring", item.EventType);
            var executors = JsonNode.Parse(item.Data)!["executors"]!.AsArray();
            if (!stopped)
            {
                Assert.Equal(2, executors.Count);
                stopped = true;
                await ring[1].StopAsync();
            }
            else if (executors.Any(executor => (string)executor!["state"]! != "alive"))
            {
                return;
            }
        }

        Assert.Fail("the stream ended");
    }

    [Fact]
    public async Task Stop_OfTheExecutor_EndsTheStream()
    {
        await using var ring = await TestRing.StartAsync(1);
        var id = await ring[0].SubmitAsync("sleep", "60");
        await ring[0].UntilStateAsync(id, "running");
        var first = new TaskCompletionSource();
        var reading = Task.Run(
            async () =>
            {
                await foreach (var item in Events(ring[0], $"/v1/events?job={id}"))
                {
                    first.TrySetResult();
                }
            },
            Cancellation
        );
        await first.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancellation);

        await ring[0].StopAsync();

        // Cut off in the middle: the client knows that it has not seen the end, and comes back.
        await Assert.ThrowsAnyAsync<Exception>(() => reading.WaitAsync(TimeSpan.FromSeconds(30), Cancellation));
        Assert.True(reading.IsFaulted);
    }

    [Fact]
    public async Task Client_ThatTakesNothing_IsCutOff()
    {
        var context = new DefaultHttpContext();
        context.Response.Body = new NeverTaken();
        var stream = new EventStream(context) { Patience = TimeSpan.FromMilliseconds(50) };

        var sending = stream.SendAsync("job", "1", new ExecutorStateDocument("k7q2", "drained"), HttpJson.Plain.ExecutorStateDocument);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending.WaitAsync(TimeSpan.FromSeconds(30), Cancellation));
    }

    [Theory]
    [InlineData("/v1/events", "expected one of job")]
    [InlineData("/v1/events?job=k7q2-1&ring", "expected one of job")]
    [InlineData("/v1/events?job=nonsense", "not a job id")]
    public async Task Request_ThatIsNotRight_SaysWhatWouldBe(string path, string expected)
    {
        await using var ring = await TestRing.StartAsync(1);

        var problem = await ring[0].GetAsync(path, HttpStatusCode.BadRequest);

        Assert.Contains(expected, (string)problem["detail"]!, StringComparison.Ordinal);
    }

    private static async IAsyncEnumerable<SseItem<string>> Events(TestHost host, string path, string? lastId = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (lastId is not null)
        {
            request.Headers.Add("Last-Event-ID", lastId);
        }

        using var response = await host.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        await using var body = await response.Content.ReadAsStreamAsync(Cancellation);
        await foreach (var item in SseParser.Create(body).EnumerateAsync(Cancellation))
        {
            yield return item;
        }
    }

    /// <summary>A client whose buffers are full, and which does not read.</summary>
    private sealed class NeverTaken : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            new(Task.Delay(Timeout.Infinite, cancellationToken));
    }
}
