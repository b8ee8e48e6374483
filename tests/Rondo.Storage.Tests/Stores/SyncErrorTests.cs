using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace Rondo.Storage.Tests.Stores;

public sealed class SyncErrorTests
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    // The first few syncs are those of the opening.
    [Theory]
    [InlineData("fdatasync", 15)]
    [InlineData("fdatasync", 40)]
    [InlineData("pwrite64", 60)]
    public async Task Commit_ThatTheDiskRefuses_IsNotAcknowledgedAndEndsTheStore(string call, int when)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/strace"), "injecting errors needs strace");
        using var directory = new StoreDirectory();
        directory.Open().Dispose();
        var cancellationToken = TestContext.Current.CancellationToken;
        var program = Path.Combine(AppContext.BaseDirectory, "Rondo.Storage.Committer.dll");
        string[] inject = ["-f", "-qq", "-o", "/dev/null", "-e", $"trace={call}", "-e", $"inject={call}:error=EIO:when={when}"];
        using var process = Process.Start(
            new ProcessStartInfo("strace", [.. inject, "dotnet", program, directory.Path])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
            }
        )!;
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);

        // Only the refused call ends it: it was refused once, and the next one would have succeeded.
        await process.WaitForExitAsync(cancellationToken).WaitAsync(_limit, cancellationToken);
        Assert.NotEqual(0, process.ExitCode);
        Assert.Contains("StoreException", await errors, StringComparison.Ordinal);

        using var store = directory.OpenLoaded(out var unfinished);
        foreach (var line in (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var number = long.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);
            var records = store.Reader.FindJob(Lives.Own(number));
            Assert.NotNull(records);
            Assert.True(line.StartsWith("accepted", StringComparison.Ordinal) || records.Count == 2, $"the result of job {number} is lost");
        }
    }
}
