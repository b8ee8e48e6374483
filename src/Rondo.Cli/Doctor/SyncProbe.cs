using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Rondo.Cli;

/// <summary>
/// Measures how long the disk takes to make four kilobytes durable, as every acknowledged batch of jobs needs. It calls the system itself,
/// since .NET's own flush hides what a failing disk says on Linux.
/// </summary>
internal static partial class SyncProbe
{
    private const int Rounds = 64;
    private const int BlockBytes = 4096;

    /// <exception cref="IOException">The disk cannot do it; the message is the system's.</exception>
    public static (TimeSpan Median, TimeSpan Worst) Measure(string directory)
    {
        var path = Path.Combine(directory, $".rondo-doctor-{Environment.ProcessId}");
        try
        {
            using var file = File.OpenHandle(
                path,
                FileMode.CreateNew,
                FileAccess.ReadWrite,
                FileShare.None,
                FileOptions.None,
                preallocationSize: Rounds * BlockBytes
            );
            var block = new byte[BlockBytes];
            Random.Shared.NextBytes(block);
            var times = new TimeSpan[Rounds];
            for (var round = 0; round < Rounds; round++)
            {
                var begun = Stopwatch.GetTimestamp();
                RandomAccess.Write(file, block, round * BlockBytes);
                if (SyncData((int)file.DangerousGetHandle()) != 0)
                {
                    throw new IOException(Marshal.GetLastPInvokeErrorMessage());
                }

                times[round] = Stopwatch.GetElapsedTime(begun);
            }

            Array.Sort(times);
            return (times[Rounds / 2], times[^1]);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int SyncData(int descriptor);
}
