using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Rondo.Cluster.Tests;

/// <summary>Large outputs go home from an executor with little memory to one with little memory, one of which is killed amid it.</summary>
[Collection(RealRing.ManyBytes)]
public sealed class TransitTests
{
    private const int Jobs = 8;
    private const int OutputBytes = 32 << 20;

    // Five outputs: with a few copies of each it would be too little.
    private static readonly string[] LittleMemory = ["env", "DOTNET_GCHeapHardLimit=0xA000000"];
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task LargeOutputs_MadeAwayFromHome_AllArriveOverAKill(int killed)
    {
        using var ring = new RealRing();
        var home = await StartAsync(ring);
        await StartAsync(ring, "--join", $"127.0.0.1:{home.RingPort}", "--label", "is=away", "--slots", "2");
        await ring.WholeAsync();
        var ids = new List<string>();
        for (var i = 0; i < Jobs; i++)
        {
            ids.Add(await SubmitAsync(home, $"yes 'line of job {i}' | head -c {OutputBytes}"));
        }

        await home.FinalAsync(ids[0], Limit);
        ring[killed].Kill();
        Assert.NotNull(await ring[killed].StartAsync());

        for (var i = 0; i < Jobs; i++)
        {
            Assert.Equal("succeeded", (string)(await home.FinalAsync(ids[i], Limit))["state"]!);
            using var result = await home.GetAsync($"/v1/jobs/{ids[i]}/result");
            Assert.True(IsOutputOf(i, await result.Content.ReadAsByteArrayAsync(Cancellation)), $"the result of job {i} is another one");
        }

        Assert.All(ring.Executors, executor => Assert.False(executor.Process.HasExited, executor.Errors));
    }

    private static async Task<ExecutorProcess> StartAsync(RealRing ring, params string[] options)
    {
        var free = ring.New();
        ring.Executors.Remove(free);
        var executor = new ExecutorProcess(Path.Combine(ring.Folder, $"{ring.Executors.Count}"), free.HttpPort, free.RingPort, options)
        {
            Wrapper = LittleMemory,
        };
        ring.Executors.Add(executor);
        Assert.True(await executor.StartAsync() is not null, executor.Errors);
        return executor;
    }

    private static async Task<string> SubmitAsync(ExecutorProcess home, string script)
    {
        var job = new JsonObject
        {
            ["command"] = new JsonArray("sh", "-c", script),
            ["requires"] = new JsonObject { ["is"] = "away" },
        };
        using var response = await home.PostAsync("/v1/jobs", job.ToJsonString());
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        return (string)JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancellation))!["id"]!;
    }

    private static bool IsOutputOf(int job, ReadOnlySpan<byte> output)
    {
        var line = Encoding.ASCII.GetBytes($"line of job {job}\n");
        var isRight = output.Length == OutputBytes;
        for (var rest = output; isRight && !rest.IsEmpty; )
        {
            var part = Math.Min(line.Length, rest.Length);
            isRight = rest[..part].SequenceEqual(line.AsSpan(0, part));
            rest = rest[part..];
        }

        return isRight;
    }
}
