using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Rondo.Chaos.Ring;

namespace Rondo.Chaos.Checks;

/// <summary>Sees that no process of a job outlives the executor that started it by more than a moment.</summary>
internal sealed class OrphanCheck(string job, Violations violations)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly ConcurrentBag<Task> _watched = [];
    private readonly ConcurrentQueue<double> _milliseconds = new();

    /// <summary>How long the processes of each ended executor went on.</summary>
    public IReadOnlyCollection<double> Milliseconds => _milliseconds;

    /// <summary>Call when an executor has just ended, and before it is started again.</summary>
    public void Watch(ChaosExecutor executor)
    {
        var mark = Encoding.UTF8.GetBytes($"RONDO_EXECUTOR={executor.Id}\0");
        var left = Directory
            .EnumerateDirectories("/proc")
            .Where(folder => char.IsDigit(Path.GetFileName(folder)[0]))
            .Where(folder => IsJob(folder) && Read(Path.Combine(folder, "environ")).AsSpan().IndexOf(mark) >= 0)
            .Select(folder => (Folder: folder, Started: Started(folder)))
            .ToArray();
        _watched.Add(Task.Run(() => UntilGoneAsync(executor, left)));
    }

    public Task EndAsync() => Task.WhenAll(_watched);

    private async Task UntilGoneAsync(ChaosExecutor executor, (string Folder, string? Started)[] left)
    {
        var clock = Stopwatch.StartNew();
        while (left.Any(process => process.Started is not null && Started(process.Folder) == process.Started))
        {
            if (clock.Elapsed > Limit)
            {
                violations.Add(Broken.Orphan, $"{left.Length} processes of e{executor.Index} go on {Limit.TotalSeconds} s after its end");
                return;
            }

            await Task.Delay(10);
        }

        _milliseconds.Enqueue(clock.Elapsed.TotalMilliseconds);
    }

    private bool IsJob(string folder)
    {
        try
        {
            return File.ResolveLinkTarget(Path.Combine(folder, "exe"), returnFinalTarget: false)?.FullName == job;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It ended meanwhile, or is no program.
            return false;
        }
    }

    /// <summary>When the process was started, in its own words; null when it is gone, or only waits to be taken note of.</summary>
    private static string? Started(string folder)
    {
        var text = Encoding.UTF8.GetString(Read(Path.Combine(folder, "stat")));
        var fields = text[(text.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > 19 && fields[0] != "Z" ? fields[19] : null;
    }

    private static byte[] Read(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
