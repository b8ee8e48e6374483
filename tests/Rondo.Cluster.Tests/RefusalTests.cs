using System.Diagnostics;

namespace Rondo.Cluster.Tests;

/// <summary>An executor that cannot start says in one message what is wrong and what to do.</summary>
public sealed class RefusalTests
{
    private static async Task<string> RefusedAsync(ExecutorProcess executor)
    {
        Assert.Null(await executor.StartAsync());
        Assert.Equal(1, await executor.ExitAsync(TimeSpan.FromSeconds(30)));
        executor.Process.WaitForExit();
        Assert.DoesNotContain("   at ", executor.Errors, StringComparison.Ordinal);
        return executor.Errors;
    }

    [Fact]
    public async Task Data_InUse_IsRefused()
    {
        using var ring = await RealRing.OfAsync(1);
        using var second = new ExecutorProcess(ring[0].Data, ExecutorProcess.FreePort(), ExecutorProcess.FreePort());

        Assert.Contains(ring[0].Data, await RefusedAsync(second), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Port_Taken_IsRefused()
    {
        using var ring = await RealRing.OfAsync(1);
        using var second = new ExecutorProcess(Path.Combine(ring.Folder, "other"), ring[0].HttpPort, ExecutorProcess.FreePort());

        Assert.Contains($"{ring[0].HttpPort}", await RefusedAsync(second), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Data_Damaged_IsRefused()
    {
        using var ring = await RealRing.OfAsync(1);
        ring[0].Kill();
        foreach (var file in Directory.GetFiles(ring[0].Data, "rondo.db*"))
        {
            await File.WriteAllBytesAsync(file, new byte[8192], TestContext.Current.CancellationToken);
        }

        Assert.Contains("rondo.db", await RefusedAsync(ring[0]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Options_AllWrong_AreAllNamedAtOnce()
    {
        using var ring = new RealRing();
        var executor = ring.New("--slots", "0", "--join", "nowhere");

        var process = Process.Start(
            new ProcessStartInfo(ExecutorProcess.Rondo, ["start", "--data", executor.Data, "--slots", "0", "--join", "nowhere"])
            {
                RedirectStandardError = true,
                UseShellExecute = false,
            }
        )!;
        var errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.NotEqual(0, process.ExitCode);
        Assert.Contains("slots", errors, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("nowhere", errors, StringComparison.Ordinal);
    }
}
