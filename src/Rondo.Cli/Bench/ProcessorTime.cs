using System.Diagnostics;

namespace Rondo.Cli;

/// <summary>What processes used of the processors.</summary>
internal static class ProcessorTime
{
    /// <summary>Since each of them started, together.</summary>
    public static TimeSpan Of(IEnumerable<int> pids)
    {
        var sum = TimeSpan.Zero;
        foreach (var pid in pids)
        {
            using var process = Process.GetProcessById(pid);
            sum += process.TotalProcessorTime;
        }

        return sum;
    }

    /// <summary>The memory that they have in use, together.</summary>
    public static long ResidentBytes(IEnumerable<int> pids)
    {
        var sum = 0L;
        foreach (var pid in pids)
        {
            using var process = Process.GetProcessById(pid);
            sum += process.WorkingSet64;
        }

        return sum;
    }
}
