using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Rondo.Executor.Tests.Whole;

/// <summary>What clients are told when they send more than there is room for.</summary>
public sealed class BackPressureTests
{
    private const int JobMaxBytes = 1 << 20;

    // Eight of the largest bodies fit.
    private const int Fillers = 8;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Bodies_ThatFillTheBudget_HaveOthersAndLinesTurnedAwayUntilTheyAreIn()
    {
        await using var ring = await TestRing.StartAsync(1, options: options => options with { JobMaxBytes = JobMaxBytes });
        var fillers = new List<SlowRequest>();
        for (var i = 0; i < Fillers; i++)
        {
            fillers.Add(await SlowRequest.BeginAsync(ring[0], "/v1/jobs", Job(JobMaxBytes)));
            await fillers[i].UntilReadAsync();
        }

        var large = Job(JobMaxBytes / 2);
        using (var content = new StringContent(large))
        {
            using var response = await ring[0].Client.PostAsync("/v1/jobs", content, Cancellation);
            Assert.Equal(
                (HttpStatusCode.TooManyRequests, TimeSpan.FromSeconds(1)),
                (response.StatusCode, response.Headers.RetryAfter?.Delta)
            );
        }

        // Small lines are taken all the same.
        var lines = await BatchAsync(ring[0], $"{Job(10)}\n{large}\n{Job(10)}");
        Assert.Equal([null, 429, null], lines.Select(line => (int?)line["error"]?["status"]));
        Assert.Equal("urn:rondo:full", (string)lines[1]["error"]!["type"]!);
        Assert.Equal(2, (int)lines[1]["line"]!);

        foreach (var filler in fillers)
        {
            Assert.Contains("201 Created", await filler.EndAsync(), StringComparison.Ordinal);
        }

        Assert.NotNull(Assert.Single(await BatchAsync(ring[0], large))["id"]);
        await ring[0].PostAsync("/v1/jobs", large, HttpStatusCode.Created);
    }

    [Fact]
    public async Task Bodies_ThatAreAnnouncedAndNotSent_TakeLittleRoomFromOthers()
    {
        var announced = Job(64 << 20);
        await using var ring = await TestRing.StartAsync(1);
        var idle = new List<SlowRequest>();
        for (var i = 0; i < 4 * Fillers; i++)
        {
            idle.Add(await SlowRequest.BeginAsync(ring[0], "/v1/jobs", announced));
            await idle[i].UntilReadAsync();
        }

        await ring[0].PostAsync("/v1/jobs", Job(8 << 20), HttpStatusCode.Created);
        Assert.NotNull(Assert.Single(await BatchAsync(ring[0], Job(8 << 20)))["id"]);

        idle.ForEach(request => request.Dispose());
    }

    [Fact]
    public async Task Clients_ThatLeaveInTheMiddleOfTheirLines_GiveTheRoomBack()
    {
        await using var ring = await TestRing.StartAsync(1, options: options => options with { JobMaxBytes = JobMaxBytes });
        for (var round = 0; round < 3; round++)
        {
            var fillers = new List<SlowRequest>();
            for (var i = 0; i < Fillers; i++)
            {
                fillers.Add(await SlowRequest.BeginAsync(ring[0], "/v1/jobs:batch", Job(JobMaxBytes - 100)));
                await fillers[i].SendAllButTheLastAsync();
            }

            fillers.ForEach(filler => filler.Dispose());
        }

        var large = Job(JobMaxBytes / 2);
        await TestRing.UntilAsync(async () => Assert.Single(await BatchAsync(ring[0], large))["id"] is not null);
    }

    [Fact]
    public async Task LinesAndBodies_LargerThanAJobMayBe_AreRefusedAndTheOthersTaken()
    {
        await using var ring = await TestRing.StartAsync(1, options: options => options with { JobMaxBytes = JobMaxBytes });

        var lines = await BatchAsync(ring[0], $"{Job(10)}\n{Job(JobMaxBytes + 1)}\n{Job(JobMaxBytes)}\n{Job(10)}");
        var problem = await ring[0].PostAsync("/v1/jobs", Job(JobMaxBytes + 1), HttpStatusCode.RequestEntityTooLarge);

        Assert.Equal([null, 413, null, null], lines.Select(line => (int?)line["error"]?["status"]));
        Assert.Equal("urn:rondo:too_large", (string)problem["type"]!);
        Assert.Contains($"at most {JobMaxBytes} bytes", (string)problem["detail"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Jobs_BeyondTheMostUnfinishedBytes_AreTurnedAwayWithWhenToTryAgain()
    {
        await using var ring = await TestRing.StartAsync(
            1,
            options: options => options with { JobMaxBytes = JobMaxBytes, MaxUnfinishedBytes = 2 * JobMaxBytes }
        );
        var body = Job(JobMaxBytes / 2);
        for (var i = 0; i < 4; i++)
        {
            await ring[0].PostAsync("/v1/jobs", body, HttpStatusCode.Created);
        }

        using var content = new StringContent(body);
        using var response = await ring[0].Client.PostAsync("/v1/jobs", content, Cancellation);

        // What JSON takes beside the content leaves room for one more.
        Assert.Contains(response.StatusCode, new[] { HttpStatusCode.Created, HttpStatusCode.TooManyRequests });
        using var again = new StringContent(body);
        using var refused = await ring[0].Client.PostAsync("/v1/jobs", again, Cancellation);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(1), refused.Headers.RetryAfter?.Delta);
    }

    /// <summary>A job of so many bytes of JSON, which nobody runs.</summary>
    private static string Job(int bytes)
    {
        const string Shell = "{\"handler\":\"nobody\",\"payload\":\"\"}";
        return Shell.Insert(Shell.Length - 2, new string('x', Math.Max(bytes - Shell.Length, 0)));
    }

    private static async Task<List<JsonNode>> BatchAsync(TestHost host, string lines)
    {
        using var content = new StringContent(lines, Encoding.UTF8, "application/x-ndjson");
        using var response = await host.Client.PostAsync("/v1/jobs:batch", content, Cancellation);
        var text = await response.Content.ReadAsStringAsync(Cancellation);
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)];
    }

    /// <summary>A client that waits until it is read before it sends its body, and with the last byte until it is told to.</summary>
    private sealed class SlowRequest(TcpClient connection, string body) : IDisposable
    {
        public static async Task<SlowRequest> BeginAsync(TestHost host, string path, string body)
        {
            var connection = new TcpClient();
            await connection.ConnectAsync(IPEndPoint.Parse(host.Host.Address), Cancellation);
            var head =
                $"POST {path} HTTP/1.1\r\nHost: rondo\r\nConnection: close\r\nContent-Length: {body.Length}\r\nExpect: 100-continue\r\n\r\n";
            await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head), Cancellation);
            return new SlowRequest(connection, body);
        }

        /// <summary>The body is asked for: it counts.</summary>
        public async Task UntilReadAsync()
        {
            var answer = new byte["HTTP/1.1 100 Continue\r\n\r\n".Length];
            await connection.GetStream().ReadExactlyAsync(answer, Cancellation);
            Assert.StartsWith("HTTP/1.1 100", Encoding.ASCII.GetString(answer), StringComparison.Ordinal);
        }

        public Task SendAllButTheLastAsync() => SendAsync(body[..^1]);

        /// <summary>Sends the body, and reads the answer.</summary>
        public async Task<string> EndAsync()
        {
            await SendAsync(body);
            using var reader = new StreamReader(connection.GetStream());
            var answer = await reader.ReadToEndAsync(Cancellation);
            Dispose();
            return answer;
        }

        public void Dispose() => connection.Dispose();

        private async Task SendAsync(string text) => await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text), Cancellation);
    }
}
