using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Rondo.Executor.Running.Linux;

namespace Rondo.Executor.Running.Orphans;

/// <summary>Finds and kills all processes that carry a mark in the environment that they were started with.</summary>
/// <remarks>
/// Seen are the processes whose <c>/proc/PID/environ</c> we may read: our own user's, or all for root. A program that starts another with
/// an empty environment and in a new session hides it from us.
/// </remarks>
internal static class Sweep
{
    // A process that is just replacing itself (exec) shows no environment for a moment, and one that forks may pass its life on to a
    // number that the scan has passed. Neither happens in two scans on end.
    private const int CleanScans = 2;

    /// <summary>Kills until none is found, or the limit is over.</summary>
    /// <param name="mark">The beginning of an environment entry.</param>
    /// <returns>How many were killed, and how many of them had not ended when the limit was over.</returns>
    public static (int Killed, int Left) Kill(string mark, TimeSpan limit)
    {
        var needle = Encoding.UTF8.GetBytes(mark);
        var clock = Stopwatch.StartNew();
        var killed = 0;
        for (var clean = 0; clean < CleanScans; )
        {
            var found = KillAllOnce(needle);
            killed += found.Count;
            clean = found.Count == 0 ? clean + 1 : 0;
            var left = WaitForEnd(found, limit - clock.Elapsed);
            if (left > 0)
            {
                return (killed, left);
            }
        }

        return (killed, 0);
    }

    /// <summary>Kills those of one scan; their process descriptors.</summary>
    private static List<int> KillAllOnce(ReadOnlySpan<byte> needle)
    {
        var found = new List<int>();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (
                int.TryParse(Path.GetFileName(directory.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
                && pid != Environment.ProcessId
                && HasMark(pid, needle)
                && Native.PidfdOpen(pid) is >= 0 and var descriptor
            )
            {
                // Once more through the descriptor's very process: the number may have passed to another one in between.
                if (HasMark(pid, needle) && Native.PidfdSendSignal(descriptor, Signals.Kill) == 0)
                {
                    found.Add(descriptor);
                }
                else
                {
                    Native.Close(descriptor);
                }
            }
        }

        return found;
    }

    private static unsafe bool HasMark(int pid, ReadOnlySpan<byte> needle)
    {
        var fd = Native.Open($"/proc/{pid}/environ", Native.OpenReadOnly | Native.CloseOnExec);
        if (fd < 0)
        {
            return false; // It is gone, or another user's.
        }

        var buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
        var length = 0;
        try
        {
            while (true)
            {
                if (length == buffer.Length)
                {
                    var larger = ArrayPool<byte>.Shared.Rent(2 * length);
                    buffer.AsSpan(0, length).CopyTo(larger);
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = larger;
                }

                fixed (byte* start = buffer)
                {
                    var count = (int)Native.Read(fd, start + length, buffer.Length - length);
                    if (count <= 0)
                    {
                        return HasEntry(buffer.AsSpan(0, length), needle);
                    }

                    length += count;
                }
            }
        }
        finally
        {
            Native.Close(fd);
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static bool HasEntry(ReadOnlySpan<byte> environment, ReadOnlySpan<byte> needle)
    {
        foreach (var range in environment.Split((byte)0))
        {
            if (environment[range].StartsWith(needle))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Waits for killed processes and closes their descriptors; how many had not ended in time.</summary>
    private static unsafe int WaitForEnd(List<int> descriptors, TimeSpan limit)
    {
        var clock = Stopwatch.StartNew();
        var left = 0;
        foreach (var descriptor in descriptors)
        {
            var fd = new Native.PollFd { Fd = descriptor, Events = (short)EventQueue.Readable };
            var waitMs = Math.Max(0, (limit - clock.Elapsed).TotalMilliseconds);
            left += Native.Poll(&fd, 1, (int)Math.Min(int.MaxValue, waitMs)) > 0 ? 0 : 1;
            Native.Close(descriptor);
        }

        return left;
    }
}
