using System.Globalization;
using System.Runtime.InteropServices;

namespace Rondo.Cli;

/// <summary>What an executor on this machine would find.</summary>
internal static class MachineChecks
{
    private const long OpenFilesMin = 4096;
    private const long FreeBytesMin = 100L << 20;
    private const long FreeBytesWanted = 2L << 30;

    private static readonly TimeSpan SlowSync = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan ImpossibleSync = TimeSpan.FromMicroseconds(15);

    public static IEnumerable<Finding> Run(string directory)
    {
        yield return Finding.Ok(
            "program",
            $"rondo {Versions.Own}, {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier}"
        );
        yield return CheckTimeZones();
        yield return CheckOpenFiles();
        var existing = NearestThatExists(directory);
        yield return CheckWritable(directory, existing);
        yield return CheckSpace(existing);
        yield return CheckSync(existing);
    }

    private static Finding CheckTimeZones() =>
        TimeZoneInfo.TryFindSystemTimeZoneById("Europe/Berlin", out _)
            ? Finding.Ok("time zones", $"known; local is {TimeZoneInfo.Local.Id}")
            : Finding.Warning(
                "time zones",
                "this machine knows none but UTC",
                "Crons with a time zone cannot be kept here: install the package tzdata."
            );

    private static Finding CheckOpenFiles()
    {
        const string limits = "/proc/self/limits";
        if (!File.Exists(limits))
        {
            return Finding.Ok("open files", "no limit is told on this system");
        }

        var words = File.ReadLines(limits)
            .FirstOrDefault(line => line.StartsWith("Max open files", StringComparison.Ordinal))
            ?.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var text = words?.ElementAtOrDefault(3) ?? "unknown";
        return !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) || limit >= OpenFilesMin
            ? Finding.Ok("open files", $"up to {text}")
            : Finding.Warning(
                "open files",
                $"up to {limit}",
                $"Each running command takes three, and each client one: raise the limit with 'ulimit -n {OpenFilesMin}' before 'rondo start'."
            );
    }

    private static Finding CheckWritable(string directory, string existing)
    {
        var probe = Path.Combine(existing, $".rondo-doctor-{Environment.ProcessId}");
        try
        {
            using (File.Create(probe, 1, FileOptions.DeleteOnClose)) { }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return Finding.Failed(
                "data directory",
                $"{existing} cannot be written: {failure.Message}",
                "Choose another one with 'rondo start --data DIR', or let this user write there."
            );
        }

        return Finding.Ok(
            "data directory",
            Path.GetFullPath(directory) == existing ? $"{existing} can be written" : $"{directory} can be made in {existing}"
        );
    }

    private static Finding CheckSpace(string existing)
    {
        var drive = new DriveInfo(existing);
        var free = drive.AvailableFreeSpace;
        var found = $"{Bytes(free)} free of {Bytes(drive.TotalSize)} ({drive.DriveFormat})";
        return free < FreeBytesMin
                ? Finding.Failed(
                    "free space",
                    found,
                    "An executor takes no jobs with so little room, and stops once there is none: free some, or choose another disk with --data."
                )
            : free < FreeBytesWanted
                ? Finding.Warning(
                    "free space",
                    found,
                    "Results are kept for 30 days: give it more room, or keep them for less time (rondo start --keep-finished)."
                )
            : Finding.Ok("free space", found);
    }

    private static Finding CheckSync(string existing)
    {
        try
        {
            var (median, worst) = SyncProbe.Measure(existing);
            var found = $"{Milliseconds(median)} for 4 KiB (median of 64), {Milliseconds(worst)} at worst";
            return new DriveInfo(existing).DriveFormat is "tmpfs" or "ramfs"
                    ? Finding.Warning(
                        "disk sync",
                        found + ", in memory",
                        "Nothing survives a restart of the machine there: use a directory on a disk."
                    )
                : median > SlowSync
                    ? Finding.Warning("disk sync", found, "Every batch of jobs waits for this before its ids are given out: use an SSD.")
                : median < ImpossibleSync
                    ? Finding.Warning(
                        "disk sync",
                        found,
                        "No disk is that fast: something between here and it only says that data is durable."
                    )
                : Finding.Ok("disk sync", found);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return Finding.Failed(
                "disk sync",
                $"the disk refuses: {failure.Message}",
                "Check the disk and its file system; an executor would not start on it."
            );
        }
    }

    private static string NearestThatExists(string directory)
    {
        var path = Path.GetFullPath(directory);
        while (!Directory.Exists(path) && Path.GetDirectoryName(path) is { } parent)
        {
            path = parent;
        }

        return path;
    }

    private static string Milliseconds(TimeSpan time) => time.TotalMilliseconds.ToString("0.00", CultureInfo.InvariantCulture) + " ms";

    private static string Bytes(long bytes) =>
        bytes >= 1L << 30 ? $"{(bytes / (double)(1L << 30)).ToString("0.0", CultureInfo.InvariantCulture)} GiB" : $"{bytes >> 20} MiB";
}
