using Rondo.Client;

namespace Rondo.Cli;

/// <summary>Says how much of what a job wrote was not kept.</summary>
internal static class CutOutput
{
    /// <summary>A sentence about one of the two outputs.</summary>
    public static string Text(string what, long bytesDropped) => $"{what} is cut: {Why(bytesDropped)}";

    /// <summary>How much is missing, and why.</summary>
    public static string Why(long bytesDropped) =>
        $"{bytesDropped} more bytes were beyond the executor's bound (rondo start --output-max), or found no room on its disk";

    /// <summary>The sentences about what <paramref name="stream"/> had, or both for null; none when all of it was kept.</summary>
    public static IEnumerable<string> Of(Job job, LogStream? stream = null)
    {
        if (job.ResultBytesDropped > 0 && stream is not LogStream.Stderr)
        {
            yield return Text($"the output of {job.Id}", job.ResultBytesDropped);
        }

        if (job.ErrorBytesDropped > 0 && stream is not LogStream.Stdout)
        {
            yield return Text($"the standard error of {job.Id}", job.ErrorBytesDropped);
        }
    }
}
