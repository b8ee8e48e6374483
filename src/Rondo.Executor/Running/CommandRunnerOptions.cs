using Rondo.Core;
using Rondo.Executor.Hosting;

namespace Rondo.Executor.Running;

/// <summary>How one executor runs commands.</summary>
internal sealed record CommandRunnerOptions
{
    /// <summary>The executor: its jobs see it as <c>RONDO_EXECUTOR</c>.</summary>
    public required ExecutorId Executor { get; init; }

    /// <summary>
    /// The executor's data directory, which must exist and be used by no other living executor: processes that an earlier start from the
    /// same directory left behind are killed.
    /// </summary>
    public required string DataDirectory { get; init; }

    /// <summary>How many bytes of standard output, and as many of standard error, are kept of a job. 64 MiB by default.</summary>
    public int OutputMaxBytes { get; init; } = ExecutorOptions.DefaultLargestBytes;

    /// <summary>How long a job that is stopped has from SIGTERM to SIGKILL; zero for SIGKILL at once. 5 s by default.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long the output of a command whose own processes have all ended may be held open by a process that left its group
    /// (<c>setsid</c>, a daemon). After it the job ends with what was written so far. 2 s by default.
    /// </summary>
    public TimeSpan EscapedOutputLimit { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Checks the options.</summary>
    /// <exception cref="ArgumentException">Something is out of bounds; the message says all of it.</exception>
    internal void Validate(string parameterName)
    {
        var longest = TimeSpan.FromDays(1);
        string[] problems =
        [
            .. Problem(Executor.IsNone, "Executor must name an executor"),
            .. Problem(!Directory.Exists(DataDirectory), $"DataDirectory '{DataDirectory}' must be a directory that exists"),
            .. Problem(
                OutputMaxBytes < 0 || OutputMaxBytes > Array.MaxLength,
                $"OutputMaxBytes must be 0 to {Array.MaxLength}, not {OutputMaxBytes}"
            ),
            .. Problem(StopGrace < TimeSpan.Zero || StopGrace > longest, $"StopGrace must be zero to a day, not {StopGrace}"),
            .. Problem(
                EscapedOutputLimit < TimeSpan.Zero || EscapedOutputLimit > longest,
                $"EscapedOutputLimit must be zero to a day, not {EscapedOutputLimit}"
            ),
        ];
        if (problems.Length > 0)
        {
            throw new ArgumentException(string.Join("; ", problems), parameterName);
        }
    }

    private static IEnumerable<string> Problem(bool isOne, string text) => isOne ? [text] : [];
}
