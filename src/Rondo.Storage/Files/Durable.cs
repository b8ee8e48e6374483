using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Rondo.Storage.Files;

/// <summary>Makes files and names durable. .NET's own flush hides what a failing disk says on Linux, hence the calls to the system itself.</summary>
internal static partial class Durable
{
    // ENOSPC, EDQUOT.
    private const int NoSpace = 28;
    private const int NoQuota = 122;

    /// <summary>The file's bytes are on the disk when this returns.</summary>
    public static void SyncFile(string path)
    {
        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
        SyncFile(handle, path);
    }

    /// <summary>The file's bytes, its length and its other properties are on the disk when this returns.</summary>
    public static void SyncFile(SafeFileHandle file, string path)
    {
        if (OperatingSystem.IsWindows())
        {
            RandomAccess.FlushToDisk(file);
        }
        else
        {
            Check(Sync(file), path);
        }
    }

    /// <summary>The file's bytes are on the disk when this returns. A failure is final: what the disk has of them is unknown.</summary>
    public static void SyncData(SafeFileHandle file, string path)
    {
        if (OperatingSystem.IsLinux())
        {
            Check(DataSync(file), path);
        }
        else
        {
            SyncFile(file, path);
        }
    }

    /// <summary>The names in the directory are on the disk when this returns. Windows keeps them by itself.</summary>
    public static void SyncDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        const int readOnly = 0;
        var descriptor = Open(path, readOnly);
        Check(descriptor, path);
        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        Check(Sync(handle), path);
    }

    /// <summary>What a refused write means for a store.</summary>
    public static StoreException CannotWrite(string path, Exception refused) =>
        CannotWrite(path, refused.HResult, refused.Message, refused);

    private static StoreException CannotWrite(string path, int error, string message, Exception? refused = null) =>
        error is NoSpace or NoQuota
            ? new StoreException(
                StoreFailure.Full,
                $"the disk is full: {path} could not be written, and nothing that was written before is lost. "
                    + "Free some space on that file system, then start again",
                refused
            )
            : new StoreException(
                StoreFailure.Failed,
                $"{path} cannot be made durable ({message}). Check the disk, then start again: it goes on from the last commit",
                refused
            );

    private static void Check(int result, string path)
    {
        if (result < 0)
        {
            var error = Marshal.GetLastPInvokeError();
            throw CannotWrite(path, error, Marshal.GetPInvokeErrorMessage(error));
        }
    }

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Sync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int DataSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);
}
