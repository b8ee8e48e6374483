using System.Diagnostics;

namespace Rondo.Peers;

/// <summary>What the jobs of every peer do, so that all of them do the same.</summary>
public static class Work
{
    private static int _done;

    /// <summary>How many jobs have run.</summary>
    public static int Done => Volatile.Read(ref _done);

    /// <summary>Gives its payload back.</summary>
    public static int Noop(int payload)
    {
        Interlocked.Increment(ref _done);
        return payload;
    }

    /// <summary>Runs a command that does nothing, and captures its output.</summary>
    public static string Command()
    {
        using var process = Process.Start(
            new ProcessStartInfo("/bin/true") { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Interlocked.Increment(ref _done);
        return process.ExitCode == 0 ? output + errors.Result : throw new InvalidOperationException("the command failed");
    }
}
