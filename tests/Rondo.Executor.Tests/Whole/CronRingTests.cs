using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;

namespace Rondo.Executor.Tests.Whole;

/// <summary>Crons in a ring whose clock the test moves.</summary>
public sealed class CronRingTests
{
    private static readonly DateTimeOffset _start = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _time = new(_start);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Cron_SetAtAnyExecutor_FiresOnceForEachTimeAndIsShownByAll()
    {
        await using var ring = await TestRing.StartAsync(3, time: _time);
        await PutAsync(ring[0], "hourly", """{"cron":"0 * * * *","job":{"command":["true"],"name":"hourly"}}""", HttpStatusCode.Created);

        for (var hour = 1; hour <= 3; hour++)
        {
            _time.Advance(TimeSpan.FromHours(1));
            await UntilFiredAsync(ring[0], "hourly", hour);
        }

        var cron = await ring[1].GetAsync("/v1/crons/hourly");
        Assert.Equal(_start.AddHours(3).UtcDateTime, (DateTime)cron["lastAt"]!);
        Assert.Equal(_start.AddHours(4).UtcDateTime, (DateTime)cron["nextAt"]!);
        Assert.Equal("UTC", (string)cron["timeZone"]!);
        Assert.Contains((string)cron["home"]!, new[] { ring[0], ring[1], ring[2] }.Select(host => host.Host.Id.ToString()));
        Assert.Single((await ring[2].GetAsync("/v1/crons"))["crons"]!.AsArray());
        Assert.Equal("succeeded", (string)(await ring[2].FinalAsync((string)cron["lastJob"]!))["state"]!);
    }

    [Fact]
    public async Task Cron_WhoseHomeWasDown_MakesUpForOneAndFiresNoTimeTwice()
    {
        await using var ring = await TestRing.StartAsync(1, time: _time);
        await PutAsync(
            ring[0],
            "c",
            """{"cron":"0 * * * *","missed":"once","job":{"command":["true"],"name":"c"}}""",
            HttpStatusCode.Created
        );
        _time.Advance(TimeSpan.FromHours(1));
        await UntilFiredAsync(ring[0], "c", 1);

        await ring[0].StopAsync();
        await ring[0].StartAsync();
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1, await FiredAsync(ring[0], "c"));

        await ring[0].StopAsync();
        _time.Advance(TimeSpan.FromHours(5));
        await ring[0].StartAsync();
        await UntilFiredAsync(ring[0], "c", 2);
    }

    [Fact]
    public async Task Cron_OfACappedJob_FiresAtTheHomeOfTheCap()
    {
        await using var ring = await TestRing.StartAsync(3, time: _time);
        for (var i = 0; i < 4; i++)
        {
            await PutAsync(
                ring[0],
                $"c{i}",
                """{"cron":"0 * * * *","job":{"command":["true"],"name":"capped","concurrency":{"key":"k","max":1}}}""",
                HttpStatusCode.Created
            );
        }

        _time.Advance(TimeSpan.FromHours(1));

        await UntilFiredAsync(ring[0], "capped", 4);
    }

    [Fact]
    public async Task Cron_ThatWasRemoved_DoesNotFire()
    {
        await using var ring = await TestRing.StartAsync(2, time: _time);
        await PutAsync(ring[0], "gone", """{"cron":"0 * * * *","job":{"command":["true"],"name":"gone"}}""", HttpStatusCode.Created);
        await PutAsync(ring[0], "kept", """{"cron":"0 * * * *","job":{"command":["true"],"name":"kept"}}""", HttpStatusCode.Created);
        using var response = await ring[1].Client.DeleteAsync("/v1/crons/gone", Cancellation);
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        await ring[0].GetAsync("/v1/crons/gone", HttpStatusCode.NotFound);

        _time.Advance(TimeSpan.FromHours(1));
        await UntilFiredAsync(ring[0], "kept", 1);

        Assert.Equal(0, await FiredAsync(ring[0], "gone"));
    }

    [Fact]
    public async Task Crons_MoveToAnExecutorThatJoinsAndOwnsThem()
    {
        await using var ring = await TestRing.StartAsync(1, time: _time);
        for (var i = 0; i < 20; i++)
        {
            await PutAsync(ring[0], $"c{i}", """{"cron":"0 * * * *","job":{"command":["true"],"name":"moved"}}""", HttpStatusCode.Created);
        }

        await ring.AddAsync(time: _time);
        await ring.UntilWholeAsync();
        await TestRing.UntilAsync(async () =>
        {
            _time.Advance(TimeSpan.FromSeconds(10));
            var crons = (await ring[0].GetAsync("/v1/crons"))["crons"]!.AsArray();
            return crons.Count == 20 && crons.Select(cron => (string)cron!["home"]!).Distinct().Count() == 2;
        });
        _time.SetUtcNow(_start.AddHours(1));

        await UntilFiredAsync(ring[0], "moved", 20);
    }

    [Fact]
    public async Task Crons_OfAnExecutorThatIsRemoved_GoOnAtTheOthersExceptThoseThatWereRemovedBefore()
    {
        await using var ring = await TestRing.StartAsync(3, time: _time);
        for (var i = 0; i < 20; i++)
        {
            await PutAsync(ring[0], $"c{i}", """{"cron":"0 * * * *","job":{"command":["true"],"name":"kept"}}""", HttpStatusCode.Created);
        }

        var lost = ring[1].Host.Id.ToString();
        var ofLost = (await ListAsync(ring[0]))
            .Where(cron => (string)cron["home"]! == lost)
            .Select(cron => (string)cron["name"]!)
            .ToArray();
        Assert.True(ofLost.Length >= 2, $"{ofLost.Length} of 20 crons belong to {lost}");
        await UntilCopiedAsync(ring, 20);
        using (var response = await ring[0].Client.DeleteAsync($"/v1/crons/{ofLost[0]}", Cancellation))
        {
            Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        }

        await UntilCopiedAsync(ring, 19);
        await ring[1].StopAsync();
        using (var response = await ring[0].Client.PostAsync($"/v1/executors/{lost}:remove", content: null, Cancellation))
        {
            Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancellation));
        }

        await TestRing.UntilAsync(async () =>
        {
            _time.Advance(TimeSpan.FromSeconds(10));
            return (await ListAsync(ring[0])).Length == 19;
        });
        _time.SetUtcNow(_start.AddHours(1));

        await UntilFiredAsync(ring[0], "kept", 19);
        Assert.DoesNotContain(ofLost[0], (await ListAsync(ring[0])).Select(cron => (string)cron["name"]!));
    }

    [Fact]
    public async Task Crons_OfAnExecutorThatWasRemovedAndIsStartedAgain_DoNotFireForWhatWasFiredElsewhere()
    {
        await using var ring = await TestRing.StartAsync(3, time: _time);
        for (var i = 0; i < 20; i++)
        {
            await PutAsync(
                ring[0],
                $"c{i}",
                """{"cron":"0 * * * *","missed":"all","job":{"command":["true"],"name":"again"}}""",
                HttpStatusCode.Created
            );
        }

        var removed = ring[1].Host.Id.ToString();
        await UntilCopiedAsync(ring, 20);
        await ring[1].StopAsync();
        await ring[0].PostAsync($"/v1/executors/{removed}:remove");
        await TestRing.UntilAsync(async () =>
        {
            _time.Advance(TimeSpan.FromSeconds(10));
            return (await ListAsync(ring[0])).Length == 20;
        });
        _time.SetUtcNow(_start.AddHours(3));
        await UntilFiredAsync(ring[0], "again", 60);

        await ring[1].StartAsync();
        await TestRing.UntilAsync(async () =>
        {
            _time.Advance(TimeSpan.FromSeconds(10));
            var crons = await ListAsync(ring[0]);
            return crons.Length == 20 && crons.Any(cron => (string)cron["home"]! == removed);
        });
        _time.SetUtcNow(_start.AddHours(4));

        await UntilFiredAsync(ring[0], "again", 80);
    }

    [Theory]
    [InlineData("""{"job":{"command":["true"]}}""", "\"cron\"")]
    [InlineData("""{"cron":"0 * * * *"}""", "\"job\"")]
    [InlineData("""{"cron":"nonsense","job":{"command":["true"]}}""", "\"cron\" is \"nonsense\"")]
    [InlineData("""{"cron":"0 * * * *","timeZone":"Mars","job":{"command":["true"]}}""", "Europe/Berlin")]
    [InlineData("""{"cron":"0 0 30 2 *","job":{"command":["true"]}}""", "never fire")]
    [InlineData("""{"cron":"0 * * * *","missed":"never","job":{"command":["true"]}}""", "\"skip\"")]
    [InlineData("""{"cron":"0 * * * *","job":{"comand":["true"]}}""", "comand")]
    [InlineData("""{"cron":"0 * * * *","job":{"command":["true"],"idempotencyKey":"k"}}""", "idempotencyKey")]
    [InlineData("""{"cron":"0 * * * *","job":{"command":["true"],"priority":1001}}""", "from -1000 to 1000")]
    [InlineData("""{"cron":"0 * * * *","name":"other","job":{"command":["true"]}}""", "\"other\"")]
    public async Task Put_OfSomethingWrong_SaysWhat(string body, string expected)
    {
        await using var ring = await TestRing.StartAsync(1, time: _time);

        var problem = await PutAsync(ring[0], "c", body, HttpStatusCode.BadRequest);

        Assert.Contains(expected, (string)problem["detail"]!, StringComparison.Ordinal);
    }

    /// <summary>Waits until the copies in the ring are so many.</summary>
    private Task UntilCopiedAsync(TestRing ring, int copies) =>
        TestRing.UntilAsync(async () =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            var found = 0;
            for (var i = 0; i < 3; i++)
            {
                found += (await ring[i].Host.Engine.Http.Crons.AllAsync(Cancellation)).Count(view => view.Cron.CopyOf is not null);
            }

            return found == copies;
        });

    private static async Task<JsonNode[]> ListAsync(TestHost host) =>
        [.. (await host.GetAsync("/v1/crons"))["crons"]!.AsArray().Select(cron => cron!)];

    private Task UntilFiredAsync(TestHost host, string name, int times) =>
        TestRing.UntilAsync(async () =>
        {
            // The clock goes on, about as fast as it does: whoever slept by it wakes, and what is to be tried again in a second is.
            _time.Advance(TimeSpan.FromMilliseconds(20));
            var fired = await FiredAsync(host, name);
            Assert.True(fired <= times, $"{name} fired {fired} times instead of {times}");
            return fired == times;
        });

    private static async Task<int> FiredAsync(TestHost host, string name) =>
        (await host.GetAsync($"/v1/jobs?name={name}&limit=200"))["jobs"]!.AsArray().Count;

    private static async Task<JsonNode> PutAsync(TestHost host, string name, string body, HttpStatusCode status)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await host.Client.PutAsync($"/v1/crons/{name}", content, Cancellation);
        var text = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.True(response.StatusCode == status, $"expected {status}, got {response.StatusCode}: {text}");
        return JsonNode.Parse(text)!;
    }
}
