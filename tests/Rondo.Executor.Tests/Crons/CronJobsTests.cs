using System.Text;
using Rondo.Core;
using Rondo.Executor.Http;
using Rondo.Executor.Tests.Embedded;

namespace Rondo.Executor.Tests.Crons;

public sealed class CronJobsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Cron_ThatIsBeingGivenAway_IsNotTakenBackMeanwhile()
    {
        await using var app = await TestApp.StartAsync(static _ => { });
        var crons = app.Engine.Http.Crons;
        await crons.SetAsync("nightly", Encoding.UTF8.GetBytes("""{"cron":"0 3 * * *","job":{"handler":"noop"}}"""), Cancellation);
        var cron = Assert.Single(await crons.AllAsync(Cancellation)).Cron;

        var given = await crons.HandOverAsync(
            "nightly",
            async () =>
            {
                // The other one has it by now, and believes that it belongs here.
                await Assert.ThrowsAsync<HttpProblem>(() => crons.TakeAsync(cron, Cancellation));
                return true;
            },
            Cancellation
        );

        Assert.True(given);
        Assert.Null(await crons.FindAsync("nightly", Cancellation));
        await crons.TakeAsync(cron, Cancellation);
        Assert.NotNull(await crons.FindAsync("nightly", Cancellation));
    }

    [Fact]
    public async Task Cron_ThatComesBack_DoesNotFireAgainForTheTimesForWhichItFiredElsewhere()
    {
        await using var app = await TestApp.StartAsync(static _ => { });
        var crons = app.Engine.Http.Crons;
        await crons.SetAsync("nightly", Encoding.UTF8.GetBytes("""{"cron":"0 3 * * *","job":{"handler":"noop"}}"""), Cancellation);
        var cron = Assert.Single(await crons.KeptAsync(Cancellation));

        await crons.TakeAsync(cron with { Through = cron.Through.AddDays(1) }, Cancellation);

        Assert.Equal(cron.Through.AddDays(1), Assert.Single(await crons.KeptAsync(Cancellation)).Through);
    }

    [Fact]
    public async Task Cron_WhoseJobThisReleaseRefuses_IsListedAndHoldsUpNoOther()
    {
        await using var app = await TestApp.StartAsync(static _ => { });
        var crons = app.Engine.Http.Crons;
        var past = DateTimeOffset.UtcNow - TimeSpan.FromHours(1);
        Cron Stored(string name, string job) =>
            new(name, Encoding.UTF8.GetBytes($$"""{"cron":"* * * * *","missed":"once","job":{{job}}}"""), past, past);

        await crons.TakeAsync(Stored("a", """{"command":["pwd"],"workingDirectory":"data"}"""), Cancellation);
        await crons.TakeAsync(Stored("b", """{"handler":"noop"}"""), Cancellation);

        await Whole.TestRing.UntilAsync(async () => (await crons.FindAsync("b", Cancellation))!.LastJob is not null);
        var listed = (await app.GetAsync("/v1/crons"))["crons"]!.AsArray();
        Assert.Equal(["a", "b"], listed.Select(cron => (string)cron!["name"]!));
        Assert.Null(listed[0]!["lastJob"]);
    }

    [Theory]
    [InlineData(5000, 1000)]
    [InlineData(-5000, -1000)]
    [InlineData(7, 7)]
    public async Task Cron_OfAPriorityThatThisReleaseRefuses_FiresWithTheNearestThatItTakes(int stored, int priority)
    {
        await using var app = await TestApp.StartAsync(static _ => { });
        var crons = app.Engine.Http.Crons;
        var past = DateTimeOffset.UtcNow - TimeSpan.FromHours(1);
        var definition =
            $$"""{"cron":"* * * * *","missed":"once","job":{"handler":"noop","priority":{{stored}},"payload":{"priority":5000} } }""";

        await crons.TakeAsync(new Cron("a", Encoding.UTF8.GetBytes(definition), past, past), Cancellation);

        await Whole.TestRing.UntilAsync(async () => (await crons.FindAsync("a", Cancellation))!.LastJob is not null);
        var job = await app.GetAsync($"/v1/jobs/{(await crons.FindAsync("a", Cancellation))!.LastJob}?wait=30s");
        Assert.Equal(priority, (int)job["priority"]!);
        Assert.Equal(stored, (int)(await app.GetAsync("/v1/crons"))["crons"]![0]!["job"]!["priority"]!);
    }
}
