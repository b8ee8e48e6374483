using System.Diagnostics;
using Xunit;
using Record = Rondo.Core.Record;

namespace Rondo.Storage.Tests.Stores;

public sealed class FullDiskTests
{
    [Fact]
    public async Task Commit_OnAFullDisk_IsFullAndLosesNothingOlder()
    {
        using var parent = new StoreDirectory();
        await Run("mount", "-t", "tmpfs", "-o", "size=4m", "rondo-test", parent.Path);
        try
        {
            var other = Path.Combine(parent.Path, "other");
            await File.WriteAllBytesAsync(other, new byte[1_000_000], TestContext.Current.CancellationToken);
            using var directory = new StoreDirectory(parent.Path);
            var committed = await FillUp(directory);
            Assert.InRange(committed, 10, 10_000);
            var rest = Path.Combine(parent.Path, "rest");
            FillTheRest(rest);
            Assert.Equal(StoreFailure.Full, Assert.Throws<StoreException>(() => directory.OpenLoaded().Dispose()).Kind);

            // The operator does what the message says.
            File.Delete(other);
            File.Delete(rest);
            using var reopened = directory.OpenLoaded(out var jobs);
            for (var number = 1; number <= committed; number++)
            {
                Assert.True(jobs.ContainsKey(Lives.Own(number)), $"job {number} of {committed} is lost");
            }
        }
        finally
        {
            await Run("umount", parent.Path);
        }
    }

    // The store gave back what it could not use.
    private static void FillTheRest(string path)
    {
        using var file = File.Create(path, bufferSize: 0);
        var full = Assert.Throws<IOException>(Write);
        Assert.Contains("space", full.Message, StringComparison.Ordinal);

        void Write()
        {
            while (true)
            {
                file.Write(new byte[4096]);
            }
        }
    }

    private static async Task<long> FillUp(StoreDirectory directory)
    {
        using var store = directory.OpenLoaded();
        for (var number = 1; ; number++)
        {
            try
            {
                store.Commit([Lives.Accepted(number, Lives.Content(1_000))]);
            }
            catch (StoreException full)
            {
                Assert.Equal(StoreFailure.Full, full.Kind);
                Assert.Contains(directory.Path, full.Message, StringComparison.Ordinal);
                Assert.Equal(StoreFailure.Full, (await store.Failure.WaitAsync(TestContext.Current.CancellationToken)).Kind);
                Assert.Equal(StoreFailure.Full, Assert.Throws<StoreException>(() => store.Commit([new Record.Minted(1)])).Kind);
                return number - 1;
            }
        }
    }

    private static async Task Run(params string[] command)
    {
        Process process;
        try
        {
            process = Process.Start(
                new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true, UseShellExecute = false }
            )!;
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            Assert.Skip($"{command[0]} cannot be run: {missing.Message}");
            return;
        }

        using (process)
        {
            var said = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.SkipUnless(process.ExitCode == 0, $"{string.Join(' ', command)}: {said.Trim()}");
        }
    }
}
