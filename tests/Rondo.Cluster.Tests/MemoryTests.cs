using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Rondo.Cluster.Tests;

/// <summary>An executor with little memory that is sent much more than it has: what it accepts is bounded, and none of it is lost.</summary>
[Collection(RealRing.ManyBytes)]
public sealed class MemoryTests
{
    private const int Connections = 60;
    private const int LinesEach = 2;
    private const int PayloadBytes = 8 << 20;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);
    private static readonly byte[] Filler = Encoding.ASCII.GetBytes(new string('x', PayloadBytes));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task LargeLines_FromManyConnections_FitIntoLittleMemoryAndAreAllRunAfterAKill()
    {
        using var ring = new RealRing();
        var free = ring.New();
        using var executor = new ExecutorProcess(free.Data, free.HttpPort, free.RingPort, "--slots", "1")
        {
            // Close to what all jobs take together; with a few copies of each it would be far too little.
            Wrapper = ["env", "DOTNET_GCHeapHardLimit=0x50000000"],
        };
        Assert.NotNull(await executor.StartAsync());
        var gate = Path.Combine(ring.Folder, "gate");
        await executor.SubmitAsync("sh", "-c", $"until [ -e {gate} ]; do sleep 0.1; done");

        var accepted = new ConcurrentDictionary<string, int>();
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(connection => FloodAsync(executor, connection, accepted)));

        // At least as many as one after the other would be, since whoever is turned away makes room for somebody else.
        Assert.True(accepted.Count >= Connections / 2, $"only {accepted.Count} were accepted: {executor.Errors}");
        Assert.False(executor.Process.HasExited, executor.Errors);
        executor.Kill();
        Assert.NotNull(await executor.StartAsync());
        await File.WriteAllTextAsync(gate, "", Cancellation);
        foreach (var (id, number) in accepted)
        {
            Assert.Equal("succeeded", (string)(await executor.FinalAsync(id, Limit))["state"]!);
            using var result = await executor.GetAsync($"/v1/jobs/{id}/result");
            Assert.Equal($"{Checksum(number)}  -\n", await result.Content.ReadAsStringAsync(Cancellation));
        }
    }

    [Theory]
    [InlineData("/v1/jobs:batch")]
    [InlineData("/v1/jobs")]
    public async Task LargeJob_WhoseLengthNobodySays_FitsIntoMemoryForItOnce(string path)
    {
        var input = new byte[46 << 20];
        new Random(1).NextBytes(input);
        using var ring = new RealRing();
        var free = ring.New();
        using var executor = new ExecutorProcess(free.Data, free.HttpPort, free.RingPort)
        {
            // 112 MiB: the JSON has 61, and an executor at rest less than 20.
            Wrapper = ["env", "DOTNET_GCHeapHardLimit=0x7000000"],
        };
        Assert.NotNull(await executor.StartAsync());
        using var client = new HttpClient { Timeout = Limit };
        using var content = new ByteArrayContent([
            .. "{\"command\":[\"sha256sum\"],\"stdinBase64\":\""u8,
            .. Encoding.ASCII.GetBytes(Convert.ToBase64String(input)),
            .. "\"}\n"u8,
        ]);
        using var request = new HttpRequestMessage(HttpMethod.Post, executor.Url(path)) { Content = content };
        request.Headers.TransferEncodingChunked = true;

        using var response = await client.SendAsync(request, Cancellation);

        var id = (string?)JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancellation))!["id"];
        Assert.True(id is not null, $"{response}: {executor.Errors}");
        Assert.Equal("succeeded", (string)(await executor.FinalAsync(id, Limit))["state"]!);
        using var result = await executor.GetAsync($"/v1/jobs/{id}/result");
        Assert.Equal($"{Convert.ToHexStringLower(SHA256.HashData(input))}  -\n", await result.Content.ReadAsStringAsync(Cancellation));
    }

    private static async Task FloodAsync(ExecutorProcess executor, int connection, ConcurrentDictionary<string, int> accepted)
    {
        using var client = new HttpClient { Timeout = Limit };
        using var lines = new Lines(connection * LinesEach);
        using var response = await client.PostAsync(executor.Url("/v1/jobs:batch"), lines, Cancellation);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var answers = (await response.Content.ReadAsStringAsync(Cancellation)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(LinesEach, answers.Length);
        for (var i = 0; i < answers.Length; i++)
        {
            var answer = JsonNode.Parse(answers[i])!;
            if (answer["id"] is { } id)
            {
                Assert.True(accepted.TryAdd((string)id!, (connection * LinesEach) + i));
            }
            else
            {
                Assert.Equal(429, (int)answer["error"]!["status"]!);
            }
        }
    }

    private static string Head(int number) => $"job {number}: ";

    private static string Checksum(int number)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.ASCII.GetBytes(Head(number)));
        hash.AppendData(Filler);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Lines that are made while they are sent: not all of them are to be in this process at once.</summary>
    private sealed class Lines(int first) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            for (var i = 0; i < LinesEach; i++)
            {
                await stream.WriteAsync(
                    Encoding.ASCII.GetBytes($"{{\"command\":[\"sha256sum\"],\"stdin\":\"{Head(first + i)}"),
                    Cancellation
                );
                await stream.WriteAsync(Filler, Cancellation);
                await stream.WriteAsync("\"}\n"u8.ToArray(), Cancellation);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
