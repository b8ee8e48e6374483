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

    /// <summary>Left on Ctrl-C, as shells count it: 128 and the number of SIGINT.</summary>
    public const int Interrupted = 130;
}
