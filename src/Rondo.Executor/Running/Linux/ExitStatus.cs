namespace Rondo.Executor.Running.Linux;

/// <summary>How a process ended.</summary>
internal abstract record ExitStatus
{
    private ExitStatus() { }

    /// <summary>It exited by itself.</summary>
    public sealed record Code(int Value) : ExitStatus;

    /// <summary>A signal ended it.</summary>
    public sealed record Signalled(int Signal) : ExitStatus;

    /// <summary>Nobody knows.</summary>
    public sealed record Lost : ExitStatus;
}
