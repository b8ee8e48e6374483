namespace Rondo.Cli;

/// <summary>What the process says at its end; scripts rely on these numbers.</summary>
internal static class ExitCodes
{
    public const int Ok = 0;
    public const int Error = 1;
    public const int Usage = 2;
    public const int NotFound = 3;
    public const int JobFailed = 4;
    public const int Cancelled = 5;
    public const int TimedOut = 6;
    public const int Unreachable = 7;

    /// <summary>What <c>rondo --help</c> says of them.</summary>
    public static IReadOnlyList<(string Left, string? Right)> Meanings { get; } =
    [
        ("0", "All is well"),
        ("1", "Something failed; the message says what"),
        ("2", "The command line is not right, or an executor refuses what it says"),
        ("3", "No such job or executor"),
        ("4", "The job failed ('run' gives the command's own exit code)"),
        ("5", "The job was cancelled"),
        ("6", "The time to wait was over"),
        ("7", "No executor could be reached"),
    ];

    /// <summary>Left on Ctrl-C, as shells count it: 128 and the number of SIGINT.</summary>
    public const int Interrupted = 130;

    /// <summary>Nobody reads the output any more, as shells count it: 128 and the number of SIGPIPE.</summary>
    public const int OutputClosed = 141;
}
