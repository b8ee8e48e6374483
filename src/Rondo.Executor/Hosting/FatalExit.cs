using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Rondo.Storage;

namespace Rondo.Executor.Hosting;

/// <summary>
/// Ends the process when it must not go on: a commit failed, so what the core believes may not be on the disk, or the core itself found
/// a bug. A restart goes on from what is there. The jobs' processes end with this one.
/// </summary>
internal sealed partial class FatalExit(ILogger logger, Action flushLog, Action<int> exit)
{
    /// <summary>The exit code.</summary>
    public const int Code = 1;

    private static readonly TimeSpan FlushPatience = TimeSpan.FromSeconds(1);

    private int _begun;

    /// <summary>Says why, and ends the process at once, without the runtime's orderly end, which waits for others.</summary>
    public void Now(Exception error)
    {
        if (Interlocked.Exchange(ref _begun, 1) == 1)
        {
            return;
        }

        HostLog.Failed(logger, Explain(error), error is StoreException ? null : error);

        // The log is written by a thread of its own, which may hang just as the disk does.
        var flush = new Thread(() => flushLog()) { IsBackground = true, Name = "rondo-last-words" };
        flush.Start();
        flush.Join(FlushPatience);
        exit(Code);
    }

    /// <summary>The C library's <c>_exit</c>: no handlers, no finalizers.</summary>
    [LibraryImport("libc", EntryPoint = "_exit")]
    public static partial void ExitProcess(int code);

    private static string Explain(Exception error) =>
        error switch
        {
            StoreException { Kind: StoreFailure.Full } full => $"Without room on the disk this executor stops at once: {full.Message}",
            StoreException store => $"The store failed, so this executor stops at once: {store.Message}",
            _ => "A bug in this executor, which stops at once; start it again: nothing that it promised is lost",
        };
}
