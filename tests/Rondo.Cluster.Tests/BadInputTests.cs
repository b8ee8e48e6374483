using System.Net;
using System.Text.Json.Nodes;

namespace Rondo.Cluster.Tests;

/// <summary>Bad and extreme input to a real executor: a clear answer, nothing lost, nothing crashed.</summary>
public sealed class BadInputTests(BadInputTests.OneExecutor fixture) : IClassFixture<BadInputTests.OneExecutor>
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private ExecutorProcess Executor => fixture.Ring[0];

    [Theory]
    [InlineData("{", 400, "line")]
    [InlineData("""{"command":["true"],"pritority":3}""", 400, "pritority")]
    [InlineData("""{"command":[]}""", 400, "command")]
    [InlineData("""{"command":"true"}""", 400, "command")]
    [InlineData("""{}""", 400, "command")]
    [InlineData("""{"command":["true"],"priority":"high"}""", 400, "priority")]
    public async Task Submit_OfWhatIsNotAJob_SaysWhatIsWrong(string body, int status, string names)
    {
        using var response = await Executor.PostAsync("/v1/jobs", body);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        Assert.Contains(names, (string)problem["detail"]!, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Join_OfAnAddressAtWhichNoExecutorAnswers_IsTold(bool isForClients)
    {
        using var ring = new RealRing();
        var address = $"127.0.0.1:{(isForClients ? Executor.HttpPort : ExecutorProcess.FreePort())}";
        var alone = ring.New("--join", address);
        Assert.NotNull(await alone.StartAsync());

        await RealRing.UntilAsync(
            () => Task.FromResult(alone.Errors.Contains($"No executor answers at {address} so far", StringComparison.Ordinal)),
            "it says that nobody answers"
        );
    }

    [Theory]
    [InlineData("nobody-1")]
    [InlineData("%20")]
    [InlineData("k7q2")]
    public async Task Id_ThatDoesNotExist_IsNotFound(string id)
    {
        using var response = await Executor.GetAsync($"/v1/jobs/{id}");

        Assert.True(response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.BadRequest, $"{response.StatusCode}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task Command_ThatDoesNotExist_FailsWithItsName()
    {
        var job = await Executor.FinalAsync(await Executor.SubmitAsync("no-such-program"), Limit);

        Assert.Equal("failed", (string)job["state"]!);
        Assert.Equal("cannot_start", (string)job["reason"]!);
        Assert.Contains("no-such-program", (string)job["error"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TenMegabytes_OfStandardInput_ComeBackUnchanged()
    {
        var text = string.Concat(Enumerable.Repeat("0123456789abcde\n", 10 * 1024 * 1024 / 16));
        using var response = await Executor.PostAsync(
            "/v1/jobs",
            new JsonObject { ["command"] = new JsonArray("cat"), ["stdin"] = text }.ToJsonString()
        );
        var id = (string)JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["id"]!;
        await Executor.FinalAsync(id, Limit);

        using var result = await Executor.GetAsync($"/v1/jobs/{id}/result");
        Assert.True(
            text == await result.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
            "the output differs from the input"
        );
    }

    [Fact]
    public async Task OneGigabyte_OfOutput_IsCutAtTheBoundAndSaysSo()
    {
        var id = await Executor.SubmitAsync("head", "-c", "1G", "/dev/zero");
        var job = await Executor.FinalAsync(id, Limit);

        Assert.Equal("succeeded", (string)job["state"]!);
        using var result = await Executor.GetAsync($"/v1/jobs/{id}/result");
        var kept = (await result.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).LongLength;
        var dropped = long.Parse(result.Headers.GetValues("Rondo-Truncated").Single());
        Assert.Equal(1L << 30, kept + dropped);
        Executor.Process.Refresh();
        Assert.True(Executor.Process.PeakWorkingSet64 < 1L << 30, $"{Executor.Process.PeakWorkingSet64} bytes");
    }

    public sealed class OneExecutor : IAsyncLifetime
    {
        internal RealRing Ring { get; private set; } = new();

        public async ValueTask InitializeAsync() => Ring = await RealRing.OfAsync(1);

        public ValueTask DisposeAsync()
        {
            Ring.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
