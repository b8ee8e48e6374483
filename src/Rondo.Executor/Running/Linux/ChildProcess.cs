namespace Rondo.Executor.Running.Linux;

/// <summary>A child of this process that leads a process group. Its number stays its own until <see cref="Reap"/>.</summary>
internal sealed class ChildProcess : IDisposable
{
    private const int ByPid = 1; // P_PID
    private const int NoHang = 0x1;
    private const int Exited = 0x4;
    private const int LeaveAsIs = 0x01000000; // WNOWAIT
    private const int CodeExited = 1; // CLD_EXITED

    private ChildProcess(int pid, int descriptor)
    {
        Pid = pid;
        Descriptor = descriptor;
    }

    /// <summary>The number of the process and of its group.</summary>
    public int Pid { get; }

    /// <summary>Becomes readable once the process has ended.</summary>
    public int Descriptor { get; }

    /// <summary>True once the number may belong to another process.</summary>
    public bool IsReaped { get; private set; }

    /// <summary>Takes charge of a process that was just spawned; kills it and returns null when there is no descriptor for it.</summary>
    public static unsafe ChildProcess? Of(int pid)
    {
        var descriptor = Native.PidfdOpen(pid);
        if (descriptor >= 0)
        {
            return new ChildProcess(pid, descriptor);
        }

        Native.Kill(-pid, Signals.Kill);
        Native.SignalInfo info;
        Native.WaitId(ByPid, pid, &info, Exited);
        return null;
    }

    /// <summary>Signals the process and all others of its group. Nothing happens when none is left.</summary>
    public void SignalGroup(int signal)
    {
        if (IsReaped)
        {
            throw new InvalidOperationException($"Group {Pid} was released: its number may belong to others by now.");
        }

        Native.Kill(-Pid, signal);
    }

    /// <summary>How the process ended, without releasing its number; null while it has not.</summary>
    public ExitStatus? PeekExit() => Wait(Exited | NoHang | LeaveAsIs);

    /// <summary>Releases the number of a process that has ended.</summary>
    public void Reap()
    {
        Wait(Exited | NoHang);
        IsReaped = true;
    }

    /// <inheritdoc/>
    public void Dispose() => Native.Close(Descriptor);

    private unsafe ExitStatus? Wait(int options)
    {
        Native.SignalInfo info = default;
        if (Native.WaitId(ByPid, Pid, &info, options) != 0)
        {
            // Someone else in this process took the exit. The process is gone, and how is not known.
            return Errno.Last == Errno.NoChild ? new ExitStatus.Lost() : null;
        }

        return info.Pid == 0 ? null
            : info.Code == CodeExited ? new ExitStatus.Code(info.Status)
            : new ExitStatus.Signalled(info.Status);
    }
}
