using System.Diagnostics;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rondo.Cluster.Tests;

/// <summary>A disk that fails: the executor stops, tells why, and loses nothing that it had promised.</summary>
public sealed class DiskTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private static readonly string _largeInput = JsonSerializer.Serialize(
        new Dictionary<string, object> { ["command"] = (string[])["head", "-c", "3"], ["stdin"] = new string('x', 100_000) }
    );

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
            var gate = Path.Combine(ring.Folder, "gate");
            var ids = new List<string> { await executor.SubmitAsync("sh", "-c", $"until [ -e {gate} ]; do sleep 0.05; done") };
            for (var i = 0; i < 10; i++)
            {
                ids.Add(await executor.SubmitAsync("true"));
            }

            // Others fill the disk; what the jobs come to finds no room any more.
            var foreign = Path.Combine(executor.Data, "foreign");
            Fill(foreign);
            await File.WriteAllTextAsync(gate, "", TestContext.Current.CancellationToken);

            Assert.Equal(1, await executor.ExitAsync(Limit));
            executor.Process.WaitForExit();
            Assert.Contains("full", executor.Errors, StringComparison.OrdinalIgnoreCase);

            File.Delete(foreign);
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

    [Theory]
    [InlineData(6)]
    [InlineData(64)]
    public async Task InputsThatFillTheDisk_AreRefusedInTimeAndTakenAgainOnceThereIsRoom(int mebibytes)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "mounting a small file system needs root");
        using var ring = new RealRing();
        var executor = ring.New("--slots", "1");
        Directory.CreateDirectory(executor.Data);
        Run("mount", "-t", "tmpfs", "-o", $"size={mebibytes}m", "tmpfs", executor.Data);
        try
        {
            Assert.NotNull(await executor.StartAsync());
            var ids = new List<string>();
            var problem = await FillAsync(executor, ids);

            Assert.NotNull(problem);
            Assert.Equal("urn:rondo:full", (string)problem["type"]!);
            Assert.Contains($"the file system of {executor.Data} has ", (string)problem["detail"]!, StringComparison.Ordinal);
            Assert.NotEmpty(ids);
            foreach (var id in ids)
            {
                await SucceededAsync(executor, id);
            }

            Assert.Contains("No more jobs are taken", executor.Errors, StringComparison.Ordinal);
            Run("mount", "-o", "remount,size=256m", executor.Data);
            string? last = null;
            await RealRing.UntilAsync(
                async () => (last = (string?)(await SubmitAsync(executor)).Answer["id"]) is not null,
                "it takes jobs again, now that there is room"
            );
            await SucceededAsync(executor, last!);
            Assert.Contains("Jobs are taken again", executor.Errors, StringComparison.Ordinal);
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

        var given = new List<string>();
        Assert.Null(await FillAsync(failing, given));

        Assert.NotEqual(0, await failing.ExitAsync(Limit));
        Assert.NotNull(await plain.StartAsync());
        foreach (var id in given)
        {
            Assert.Equal("succeeded", (string)(await plain.FinalAsync(id, Limit))["state"]!);
        }
    }

    /// <summary>Submits until the executor refuses, and a while longer, or until it is gone.</summary>
    /// <param name="ids">Gets the ids that it gave out.</param>
    /// <returns>Why it refused; null when it is gone.</returns>
    private static async Task<JsonNode?> FillAsync(ExecutorProcess executor, List<string> ids)
    {
        const int jobs = 2000;
        const int refusals = 500;
        JsonNode? problem = null;
        for (var (i, refused) = (0, 0); i < jobs && refused < refusals; i++)
        {
            try
            {
                var (status, answer) = await SubmitAsync(executor);
                if (status == HttpStatusCode.Created)
                {
                    ids.Add((string)answer["id"]!);
                    continue;
                }

                if (status != HttpStatusCode.TooManyRequests)
                {
                    return null;
                }

                problem = answer;
                refused++;
            }
            catch (HttpRequestException)
            {
                // The executor stopped: what it had not answered it had not promised.
                return null;
            }
        }

        Assert.True(problem is not null, "The disk took everything.");
        return problem;
    }

    private static async Task<(HttpStatusCode Status, JsonNode Answer)> SubmitAsync(ExecutorProcess executor)
    {
        using var response = await executor.PostAsync("/v1/jobs", _largeInput);
        return (response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!);
    }

    private static async Task SucceededAsync(ExecutorProcess executor, string id)
    {
        Assert.Equal("succeeded", (string)(await executor.FinalAsync(id, Limit))["state"]!);
        using var result = await executor.GetAsync($"/v1/jobs/{id}/result");
        Assert.Equal("xxx", await result.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private static void Fill(string path)
    {
        using var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write);
        var block = new byte[4096];
        for (var at = 0L; ; at += block.Length)
        {
            try
            {
                RandomAccess.Write(file, block, at);
            }
            catch (IOException)
            {
                // Not one more fits.
                return;
            }
        }
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
