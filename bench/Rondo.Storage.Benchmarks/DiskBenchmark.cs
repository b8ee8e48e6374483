using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Rondo.Storage.Benchmarks;

/// <summary>The limit: what the disk itself takes for a write and its <c>fdatasync</c>.</summary>
internal static partial class DiskBenchmark
{
    public static void Run(string directory)
    {
        foreach (var size in (ReadOnlySpan<int>)[512, 4096, 65_536, 1 << 20])
        {
            foreach (var preallocated in (ReadOnlySpan<bool>)[false, true])
            {
                Console.WriteLine(
                    $"fdatasync of {size} bytes, {(preallocated ? "preallocated" : "growing")} file: {Measure(directory, size, preallocated)}"
                );
            }
        }
    }

    public static Figures Measure(string directory, int size, bool preallocated = true, int times = 200)
    {
        Directory.CreateDirectory(directory);
        var path = Path.Combine(directory, "fdatasync.tmp");
        var figures = new Figures();
        using (var file = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite))
        {
            var data = new byte[size];
            if (preallocated)
            {
                RandomAccess.Write(file, new byte[size * (long)times], 0);
                Sync(file);
            }

            Random.Shared.NextBytes(data);
            for (var i = 0; i < times; i++)
            {
                var start = Stopwatch.GetTimestamp();
                RandomAccess.Write(file, data, (long)i * size);
                Sync(file);
                figures.Add(Stopwatch.GetElapsedTime(start));
            }
        }

        File.Delete(path);
        return figures;
    }

    private static void Sync(Microsoft.Win32.SafeHandles.SafeFileHandle file)
    {
        if (DataSync(file) != 0)
        {
            throw new IOException($"fdatasync: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int DataSync(Microsoft.Win32.SafeHandles.SafeFileHandle file);
}
