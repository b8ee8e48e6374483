using System.Globalization;
using System.Runtime.InteropServices;

namespace Rondo.Executor.Running.Linux;

/// <summary>
/// How long a thread runs before the kernel looks at others. Whoever asks for less at a time gets it sooner (EEVDF, Linux 6.12 and later; earlier
/// ones take no notice): on processors that jobs keep busy, a message would otherwise wait for some milliseconds at each thread that has to take
/// it on. The share of the processors stays the same.
/// </summary>
/// <remarks>A thread that is gone, another policy, a system that forbids it: then all stays as it is, which is no fault.</remarks>
internal static unsafe class TimeSlice
{
    /// <summary>The least that there is.</summary>
    public const ulong ShortNanoseconds = 100_000;

    private const int Normal = 0; // SCHED_NORMAL
    private const ulong Usual = 0; // What the system gives to who asks for nothing.

    /// <summary>Asks for short slices for all threads that this process has, and so for those that they start.</summary>
    public static void Shorten()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        foreach (var thread in Directory.EnumerateDirectories("/proc/self/task"))
        {
            Set(int.Parse(Path.GetFileName(thread), CultureInfo.InvariantCulture), ShortNanoseconds);
        }
    }

    /// <summary>This thread has slices of the usual length, and so has what it starts: jobs are no more urgent than any other program.</summary>
    public static void Reset() => Set(thread: 0, Usual);

    /// <summary>What this thread has, in nanoseconds; null when the system does not tell.</summary>
    public static ulong? Own()
    {
        var attributes = new Attributes();
        return Native.GetScheduling(0, &attributes, sizeof(Attributes)) == 0 && attributes.Runtime > 0 ? attributes.Runtime : null;
    }

    private static void Set(int thread, ulong nanoseconds)
    {
        var attributes = new Attributes();
        if (Native.GetScheduling(thread, &attributes, sizeof(Attributes)) == 0 && attributes.Policy == Normal)
        {
            attributes.Runtime = nanoseconds;
            _ = Native.SetScheduling(thread, &attributes);
        }
    }

    /// <summary>struct sched_attr in its first version.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Attributes
    {
        public uint Size;
        public uint Policy;
        public ulong Flags;
        public int Nice;
        public uint Priority;
        public ulong Runtime;
        public ulong Deadline;
        public ulong Period;
    }
}
