using System.Runtime.InteropServices;

namespace Rondo.Storage.Files;

/// <summary>Makes files and names durable. .NET's own flush hides what a failing disk says on Linux, hence the calls to the system itself.</summary>
internal static partial class Durable
{
    /// <summary>The file's bytes are on the disk when this returns.</summary>
    public static void SyncFile(string path)
    {
        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
        if (OperatingSystem.IsWindows())
        {
            RandomAccess.FlushToDisk(handle);
        }
        else
        {
            Check(Sync((int)handle.DangerousGetHandle()), path);
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
        try
        {
            Check(Sync(descriptor), path);
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    private static void Check(int result, string path)
    {
        if (result < 0)
        {
            var error = Marshal.GetLastPInvokeError();
            throw new StoreException(
                StoreFailure.Failed,
                $"{path} cannot be made durable ({Marshal.GetPInvokeErrorMessage(error)}). Check the disk"
            );
        }
    }

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int descriptor);
}
