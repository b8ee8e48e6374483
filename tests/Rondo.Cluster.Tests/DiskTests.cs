using System.Diagnostics;
using System.Text.Json;

namespace Rondo.Cluster.Tests;

/// <summary>A disk that fails: the executor stops, tells why, and loses nothing that it had promised.</summary>
public sealed class DiskTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);
    private static readonly string[] True = ["true"];

    [Fact]
    public async Task FullDisk_StopsTheExecutorAndKeepsEveryAcceptedJob()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "mounting a small file system needs root");
        using var ring = new RealRing();
        var executor = ring.New("--slots", "1");
        Directory.CreateDirectory(executor.Data);
        Run("mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", executor.Data);
        try
        {
            Assert.NotNull(await executor.StartAsync());
            var ids = await FillAsync(executor);

            Assert.Equal(1, await executor.ExitAsync(Limit));
            executor.Process.WaitForExit();
            Assert.Contains("full", executor.Errors, StringComparison.OrdinalIgnoreCase);

            Run("mount", "-o", "remount,size=64m", executor.Data);
            Assert.NotNull(await executor.StartAsync());
            foreach (var id in ids)
            {
                Assert.Equal("succeeded", (string)(await executor.FinalAsync(id, Limit))["state"]!);
            }
        }
        finally
        {
            executor.Dispose();
            Run("umount", executor.Data);
        }
    }

    [Fact]
    public async Task LargeOutput_OnADiskThatIsNearlyFull_IsCutAndStopsNobody()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "mounting a small file system needs root");
        const int written = 64 << 20;
        using var ring = new RealRing();
        var executor = ring.New("--slots", "1");
        Directory.CreateDirectory(executor.Data);
        Run("mount", "-t", "tmpfs", "-o", "size=128m", "tmpfs", executor.Data);
        try
        {
            Assert.NotNull(await executor.StartAsync());
            var cut = await executor.SubmitAsync("head", "-c", $"{written}", "/dev/zero");
            Assert.Equal("succeeded", (string)(await executor.FinalAsync(cut, Limit))["state"]!);

            using var result = await executor.GetAsync($"/v1/jobs/{cut}/result");
            var kept = (await result.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).Length;
            Assert.InRange(kept, 1 << 20, written / 2);
            Assert.Equal($"{written - kept}", result.Headers.GetValues("Rondo-Truncated").Single());
            var next = await executor.SubmitAsync("true");
            Assert.Equal("succeeded", (string)(await executor.FinalAsync(next, Limit))["state"]!);
        }
        finally
        {
            executor.Dispose();
            Run("umount", executor.Data);
        }
    }

    [Fact]
    public async Task SyncError_StopsTheExecutorBeforeTheIdIsGivenOut()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/strace"), "injecting errors needs strace");
        using var ring = new RealRing();
        var plain = ring.New();
        Assert.NotNull(await plain.StartAsync());
        plain.Kill();
        using var failing = new ExecutorProcess(plain.Data, plain.HttpPort, plain.RingPort)
        {
            // The start itself syncs a few times; from then on every sync fails.
            Wrapper =
            [
                "strace",
                "-f",
                "-qq",
                "-o",
                "/dev/null",
                "-e",
                "trace=fdatasync,fsync",
                "-e",
                "inject=fdatasync,fsync:error=EIO:when=30+",
            ],
        };
        Assert.NotNull(await failing.StartAsync());

        var given = await FillAsync(failing);

        Assert.NotEqual(0, await failing.ExitAsync(Limit));
        Assert.NotNull(await plain.StartAsync());
        foreach (var id in given)
        {
            Assert.Equal("succeeded", (string)(await plain.FinalAsync(id, Limit))["state"]!);
        }
    }

    /// <summary>Submits until the executor is gone; the ids that it gave out.</summary>
    private static async Task<List<string>> FillAsync(ExecutorProcess executor)
    {
        var ids = new List<string>();
        var input = new string('x', 100_000);
        var body = JsonSerializer.Serialize(new Dictionary<string, object> { ["command"] = True, ["stdin"] = input });
        for (var i = 0; i < 1000; i++)
        {
            try
            {
                using var response = await executor.PostAsync("/v1/jobs", body);
                if (!response.IsSuccessStatusCode)
                {
                    return ids;
                }

                ids.Add(JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("id").GetString()!);
            }
            catch (HttpRequestException)
            {
                // The executor stopped: what it had not answered it had not promised.
                return ids;
            }
        }

        Assert.Fail("The disk took everything.");
        return ids;
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
