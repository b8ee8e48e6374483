using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Rondo.Executor.Running.Linux;

/// <summary>
/// What a new process is to be. It becomes the leader of its own process group, with every signal at its default and none blocked, and with
/// no descriptors but the three standard ones and, where it is wanted, one more.
/// </summary>
internal sealed record SpawnRequest
{
    /// <summary>What a process finds its further descriptor at, where it has one: the first after the standard ones.</summary>
    public const int FurtherDescriptor = 3;

    private static readonly nint CloseFromFunction = FindCloseFrom();
    private static readonly bool HasTerminal = CanOpenTerminal();

    /// <summary>The file to execute; a relative path is taken from <see cref="Directory"/>.</summary>
    public required string Path { get; init; }

    /// <summary>What the program sees as its arguments, its own name first.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>The environment as <c>NAME=value</c>.</summary>
    public required IReadOnlyList<string> Environment { get; init; }

    /// <summary>The working directory; null for that of this process.</summary>
    public string? Directory { get; init; }

    /// <summary>
    /// True for a session of its own, without a terminal. That is so in any case where this process has one: a command that would ask for
    /// a password there has to fail, while in a background group of our session it would be stopped for ever. Where there is no terminal a
    /// group is better: a new session is a new unit for the kernel's scheduler, which on a busy machine halves how many commands start.
    /// </summary>
    public bool NewSession { get; init; } = HasTerminal;

    /// <summary>The descriptor that becomes standard input; null for /dev/null.</summary>
    public int? Input { get; init; }

    /// <summary>The descriptor that becomes standard output; null for /dev/null.</summary>
    public int? Output { get; init; }

    /// <summary>The descriptor that becomes standard error; null for /dev/null.</summary>
    public int? Errors { get; init; }

    /// <summary>The descriptor that becomes <see cref="FurtherDescriptor"/>; null for none.</summary>
    public int? Further { get; init; }

    /// <summary>
    /// Starts the process. The parent's thread is held until the program was loaded (vfork), so that an error of loading it is known.
    /// </summary>
    /// <returns>0, or the error number: of the directory, of the program, or a shortage.</returns>
    public unsafe int Spawn(out int pid)
    {
        var attributes = stackalloc byte[Native.OpaqueBytes];
        var actions = stackalloc byte[Native.OpaqueBytes];
        var signals = stackalloc byte[Native.OpaqueBytes];
        var newPid = 0;

        Require(Native.SpawnAttributesInit(attributes));
        Require(Native.SpawnActionsInit(actions));
        try
        {
            const int OwnGroup = 0;
            var leader = NewSession ? Native.SpawnSetSession : Native.SpawnSetGroup;
            Require(
                Native.SpawnAttributesSetFlags(attributes, (short)(leader | Native.SpawnSetSignalDefaults | Native.SpawnSetSignalMask))
            );
            Require(Native.SpawnAttributesSetGroup(attributes, OwnGroup));
            Require(Native.FillSignalSet(signals));
            Require(Native.SpawnAttributesSetSignalDefaults(attributes, signals));
            Require(Native.EmptySignalSet(signals));
            Require(Native.SpawnAttributesSetSignalMask(attributes, signals));

            AddActions(actions);
            using var arguments = new CStringVector(Arguments);
            using var environment = new CStringVector(Environment);
            return Native.Spawn(&newPid, Path, actions, attributes, arguments.Pointers, environment.Pointers);
        }
        finally
        {
            pid = newPid;
            _ = Native.SpawnActionsDestroy(actions);
            _ = Native.SpawnAttributesDestroy(attributes);
        }
    }

    /// <summary>
    /// Makes sure that 0, 1 and 2 are taken in this process, also when it was started without them: a pipe with such a number would be
    /// overwritten while another takes its place in the child.
    /// </summary>
    public static void OccupyStandardDescriptors()
    {
        const int LastStandard = 2;
        int fd;
        do
        {
            fd = Errno.Check(Native.Open("/dev/null", Native.OpenReadWrite), "open /dev/null");
        } while (fd <= LastStandard);

        Native.Close(fd);
    }

    private unsafe void AddActions(byte* actions)
    {
        Redirect(actions, Input, 0);
        Redirect(actions, Output, 1);
        Redirect(actions, Errors, 2);
        if (Further is not null)
        {
            // After the others: what has this number here has its place in the child by now.
            Redirect(actions, Further, FurtherDescriptor);
        }

        if (CloseFromFunction != 0)
        {
            var first = Further is null ? FurtherDescriptor : FurtherDescriptor + 1;
            Require(((delegate* unmanaged<byte*, int, int>)CloseFromFunction)(actions, first));
        }

        if (Directory is not null)
        {
            Require(Native.SpawnActionsAddDirectory(actions, Directory));
        }
    }

    private static unsafe void Redirect(byte* actions, int? fd, int standard)
    {
        if (fd is { } number)
        {
            Require(Native.SpawnActionsAddDup(actions, number, standard));
        }
        else
        {
            Require(
                Native.SpawnActionsAddOpen(actions, standard, "/dev/null", standard == 0 ? Native.OpenReadOnly : Native.OpenReadWrite, 0)
            );
        }
    }

    // These calls fail only for want of a few bytes of memory, or when this program is wrong.
    private static void Require(int error)
    {
        if (error != 0)
        {
            throw new Win32Exception(error, $"A process cannot be prepared: {Errno.Describe(error)}");
        }
    }

    private static bool CanOpenTerminal()
    {
        var fd = Native.Open("/dev/tty", Native.OpenReadWrite | Native.NoControllingTerminal | Native.CloseOnExec);
        return fd >= 0 && Native.Close(fd) == 0;
    }

    // Everything that we open closes itself on exec. What the executor itself inherited does not, and only newer C libraries
    // (glibc 2.34) can close it on the way; with older ones a job sees it, as it would under a shell.
    private static nint FindCloseFrom() =>
        NativeLibrary.TryGetExport(NativeLibrary.GetMainProgramHandle(), "posix_spawn_file_actions_addclosefrom_np", out var function)
            ? function
            : 0;
}
