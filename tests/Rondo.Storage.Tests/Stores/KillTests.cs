using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace Rondo.Storage.Tests.Stores;

public sealed class KillTests
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Killed_WhileItCommits_LosesNothingThatWasAcknowledged()
    {
        using var directory = new StoreDirectory();
        directory.Open().Dispose();
        var random = new Random(1);
        for (var kill = 0; kill < 4; kill++)
        {
            var (accepted, finished) = await CommitAndKill(directory, lines: random.Next(20, 200));
            using var store = directory.OpenLoaded(out var jobs);
            for (var number = 1; number <= accepted; number++)
            {
                var records = store.Reader.FindJob(Lives.Own(number));
                Assert.NotNull(records);
                Assert.Equal(records[^1] is not Core.Record.Finished, jobs.ContainsKey(Lives.Own(number)));
                Assert.True(number > finished || number % 2 != 0 || records.Count == 2, $"the result of job {number} is lost");
            }
        }
    }

    private static async Task<(long Accepted, long Finished)> CommitAndKill(StoreDirectory directory, int lines)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var program = Path.Combine(AppContext.BaseDirectory, "Rondo.Storage.Committer.dll");
        using var process = Process.Start(
            new ProcessStartInfo("dotnet", [program, directory.Path]) { RedirectStandardOutput = true, UseShellExecute = false }
        )!;
        long accepted = 0;
        long finished = 0;
        for (var i = 0; i < lines; i++)
        {
            Note(await process.StandardOutput.ReadLineAsync(cancellationToken).AsTask().WaitAsync(_limit, cancellationToken));
        }

        process.Kill();

        // What was said before the end counts too.
        while (await process.StandardOutput.ReadLineAsync(cancellationToken).AsTask().WaitAsync(_limit, cancellationToken) is { } line)
        {
            Note(line);
        }

        await process.WaitForExitAsync(cancellationToken).WaitAsync(_limit, cancellationToken);
        return (accepted, finished);

        void Note(string? line)
        {
            // The kill can cut the last line.
            if (
                line?.Split(' ') is [var what, var number]
                && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            )
            {
                accepted = what == "accepted" ? Math.Max(accepted, value) : accepted;
                finished = what == "finished" ? Math.Max(finished, value) : finished;
            }
        }
    }
}
