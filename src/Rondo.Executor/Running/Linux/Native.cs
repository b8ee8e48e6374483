using System.Runtime.InteropServices;

namespace Rondo.Executor.Running.Linux;

/// <summary>
/// The system calls that running commands takes, as the C library offers them. Values of constants are those of x86-64 and arm64, which
/// agree on all of these; structures whose layout differs between C libraries are passed as memory that is large enough.
/// </summary>
internal static unsafe partial class Native
{
    public const int OpenReadOnly = 0;
    public const int OpenReadWrite = 2;
    public const int NoControllingTerminal = 0x100;
    public const int NonBlocking = 0x800;
    public const int CloseOnExec = 0x80000;

    public const int SetFlags = 4; // F_SETFL

    public const int MapReadWrite = 3; // PROT_READ | PROT_WRITE
    public const int MapShared = 1; // MAP_SHARED
    public const uint MemoryFileCloseOnExec = 1; // MFD_CLOEXEC

    public const int Exists = 0; // F_OK
    public const int Executable = 1; // X_OK

    public const int SpawnSetGroup = 0x02;
    public const int SpawnSetSignalDefaults = 0x04;
    public const int SpawnSetSignalMask = 0x08;
    public const int SpawnSetSession = 0x80;

    /// <summary>Larger than posix_spawnattr_t (336 bytes with glibc), posix_spawn_file_actions_t (80) and sigset_t (128).</summary>
    public const int OpaqueBytes = 512;

    private const string C = "libc";
    private const long PidfdSendSignalNumber = 424;
    private const long PidfdOpenNumber = 434;

    // Older than the time from which on all architectures have the same numbers.
    private static readonly (long Set, long Get) SchedulingNumbers =
        RuntimeInformation.ProcessArchitecture == Architecture.X64 ? (314, 315) : (274, 275);

    [LibraryImport(C, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags);

    [LibraryImport(C, EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int fd);

    [LibraryImport(C, EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int fd, byte* buffer, nint count);

    [LibraryImport(C, EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int fd, byte* buffer, nint count);

    [LibraryImport(C, EntryPoint = "pipe2", SetLastError = true)]
    public static partial int Pipe(int* twoFds, int flags);

    [LibraryImport(C, EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int MemoryFile(string name, uint flags);

    [LibraryImport(C, EntryPoint = "ftruncate", SetLastError = true)]
    public static partial int SetLength(int fd, nint length);

    [LibraryImport(C, EntryPoint = "mmap", SetLastError = true)]
    public static partial nint Map(nint address, nint length, int protection, int flags, int fd, nint offset);

    [LibraryImport(C, EntryPoint = "munmap", SetLastError = true)]
    public static partial int Unmap(nint address, nint length);

    [LibraryImport(C, EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Control(int fd, int command, int argument);

    [LibraryImport(C, EntryPoint = "access", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Access(string path, int mode);

    [LibraryImport(C, EntryPoint = "realpath", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint RealPath(string path, nint mustBeZero);

    [LibraryImport(C, EntryPoint = "free")]
    public static partial void Free(nint memory);

    [LibraryImport(C, EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int pid, int signal);

    [LibraryImport(C, EntryPoint = "waitid", SetLastError = true)]
    public static partial int WaitId(int idType, int id, SignalInfo* info, int options);

    [LibraryImport(C, EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(PollFd* fds, nuint count, int timeoutMs);

    [LibraryImport(C, EntryPoint = "eventfd", SetLastError = true)]
    public static partial int EventFd(uint initial, int flags);

    [LibraryImport(C, EntryPoint = "epoll_create1", SetLastError = true)]
    public static partial int EpollCreate(int flags);

    [LibraryImport(C, EntryPoint = "epoll_ctl", SetLastError = true)]
    public static partial int EpollControl(int epoll, int operation, int fd, byte* @event);

    [LibraryImport(C, EntryPoint = "epoll_wait", SetLastError = true)]
    public static partial int EpollWait(int epoll, byte* events, int maxEvents, int timeoutMs);

    [LibraryImport(C, EntryPoint = "sigfillset")]
    public static partial int FillSignalSet(byte* set);

    [LibraryImport(C, EntryPoint = "sigemptyset")]
    public static partial int EmptySignalSet(byte* set);

    [LibraryImport(C, EntryPoint = "sigaction", SetLastError = true)]
    public static partial int SignalAction(int signal, byte* action, byte* previous);

    [LibraryImport(C, EntryPoint = "posix_spawn", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Spawn(int* pid, string path, byte* actions, byte* attributes, byte** arguments, byte** environment);

    [LibraryImport(C, EntryPoint = "posix_spawnattr_init")]
    public static partial int SpawnAttributesInit(byte* attributes);

    [LibraryImport(C, EntryPoint = "posix_spawnattr_destroy")]
    public static partial int SpawnAttributesDestroy(byte* attributes);

    [LibraryImport(C, EntryPoint = "posix_spawnattr_setflags")]
    public static partial int SpawnAttributesSetFlags(byte* attributes, short flags);

    [LibraryImport(C, EntryPoint = "posix_spawnattr_setpgroup")]
    public static partial int SpawnAttributesSetGroup(byte* attributes, int group);

    [LibraryImport(C, EntryPoint = "posix_spawnattr_setsigdefault")]
    public static partial int SpawnAttributesSetSignalDefaults(byte* attributes, byte* set);

    [LibraryImport(C, EntryPoint = "posix_spawnattr_setsigmask")]
    public static partial int SpawnAttributesSetSignalMask(byte* attributes, byte* set);

    [LibraryImport(C, EntryPoint = "posix_spawn_file_actions_init")]
    public static partial int SpawnActionsInit(byte* actions);

    [LibraryImport(C, EntryPoint = "posix_spawn_file_actions_destroy")]
    public static partial int SpawnActionsDestroy(byte* actions);

    [LibraryImport(C, EntryPoint = "posix_spawn_file_actions_adddup2")]
    public static partial int SpawnActionsAddDup(byte* actions, int fd, int asFd);

    [LibraryImport(C, EntryPoint = "posix_spawn_file_actions_addopen", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SpawnActionsAddOpen(byte* actions, int fd, string path, int flags, uint mode);

    [LibraryImport(C, EntryPoint = "posix_spawn_file_actions_addchdir_np", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SpawnActionsAddDirectory(byte* actions, string path);

    /// <summary>A descriptor of a process: readable once it has ended. Close-on-exec by its nature. Linux 5.3 and later.</summary>
    public static int PidfdOpen(int pid) => (int)SystemCall(PidfdOpenNumber, pid, 0, 0, 0);

    /// <summary>Signals the very process that the descriptor was opened for, never one that got its number later.</summary>
    public static int PidfdSendSignal(int pidfd, int signal) => (int)SystemCall(PidfdSendSignalNumber, pidfd, signal, 0, 0);

    /// <summary>Reads how a thread of this process is scheduled; 0 for the one that asks.</summary>
    public static int GetScheduling(int thread, TimeSlice.Attributes* attributes, int size) =>
        (int)SystemCall(SchedulingNumbers.Get, thread, (nint)attributes, size, 0);

    /// <summary>Changes how a thread of this process is scheduled.</summary>
    public static int SetScheduling(int thread, TimeSlice.Attributes* attributes) =>
        (int)SystemCall(SchedulingNumbers.Set, thread, (nint)attributes, 0, 0);

    // The C library of Debian 11 and older has no functions for these two calls.
    [LibraryImport(C, EntryPoint = "syscall", SetLastError = true)]
    private static partial long SystemCall(long number, long first, long second, long third, long fourth);

    /// <summary>The start of siginfo_t on 64-bit Linux, as waitid fills it.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 128)]
    public struct SignalInfo
    {
        /// <summary>CLD_EXITED (1), CLD_KILLED (2) or CLD_DUMPED (3).</summary>
        [FieldOffset(8)]
        public int Code;

        /// <summary>0 when no child had ended.</summary>
        [FieldOffset(16)]
        public int Pid;

        /// <summary>The exit code or the signal.</summary>
        [FieldOffset(24)]
        public int Status;
    }

    /// <summary>struct pollfd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct PollFd
    {
        public int Fd;
        public short Events;
        public short Returned;
    }
}
