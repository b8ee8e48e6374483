namespace Rondo.Executor.Running.Linux;

/// <summary>Signal numbers and names. They are the same on x86-64 and arm64.</summary>
internal static class Signals
{
    public const int Kill = 9;
    public const int Pipe = 13;
    public const int Terminate = 15;
    public const int Child = 17;
    public const int Continue = 18;

    private const int FirstRealTime = 34;

    private static readonly string[] Names =
    [
        "HUP",
        "INT",
        "QUIT",
        "ILL",
        "TRAP",
        "ABRT",
        "BUS",
        "FPE",
        "KILL",
        "USR1",
        "SEGV",
        "USR2",
        "PIPE",
        "ALRM",
        "TERM",
        "STKFLT",
        "CHLD",
        "CONT",
        "STOP",
        "TSTP",
        "TTIN",
        "TTOU",
        "URG",
        "XCPU",
        "XFSZ",
        "VTALRM",
        "PROF",
        "WINCH",
        "IO",
        "PWR",
        "SYS",
    ];

    /// <summary>The name of a signal as people know it, such as <c>SIGKILL</c>.</summary>
    public static string Name(int signal) =>
        signal switch
        {
            >= 1 when signal <= Names.Length => "SIG" + Names[signal - 1],
            >= FirstRealTime => $"SIGRTMIN+{signal - FirstRealTime}",
            _ => "unknown",
        };

    /// <summary>
    /// Sets how this process takes two signals. SIGCHLD: who starts us may have had it ignored, which is inherited and would let the
    /// kernel throw the exit codes of our children away. SIGPIPE: a write to a child that reads no more must fail, not end us; the runtime
    /// has seen to that, and this does not hang on it.
    /// </summary>
    public static unsafe void PrepareThisProcess()
    {
        const nint Default = 0; // SIG_DFL
        const nint Ignored = 1; // SIG_IGN
        var action = stackalloc byte[Native.OpaqueBytes]; // Larger than struct sigaction; its first word is the handler.
        new Span<byte>(action, Native.OpaqueBytes).Clear();
        Errno.Check(Native.SignalAction(Child, null, action), "sigaction");
        if (*(nint*)action == Ignored)
        {
            SetHandler(Child, Default);
        }

        SetHandler(Pipe, Ignored);
    }

    private static unsafe void SetHandler(int signal, nint handler)
    {
        var action = stackalloc byte[Native.OpaqueBytes];
        new Span<byte>(action, Native.OpaqueBytes).Clear();
        *(nint*)action = handler;
        Errno.Check(Native.SignalAction(signal, action, null), "sigaction");
    }
}
