using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Rondo.Cli;

/// <summary>A file of fixed length that is written and synced in small pieces: the least that a durable promise costs on this disk.</summary>
internal sealed partial class SyncedFile : IDisposable
{
    private const int PieceBytes = 4096;
    private const int Bytes = 4 << 20;

    private readonly string _path;
    private readonly SafeFileHandle _file;
    private readonly byte[] _piece = new byte[PieceBytes];
    private long _at;

    public SyncedFile(string folder)
    {
        _path = Path.Combine(folder, Path.GetRandomFileName());
        _file = File.OpenHandle(_path, FileMode.CreateNew, FileAccess.Write);
        RandomAccess.Write(_file, new byte[Bytes], 0);
        Sync();
    }

    public void WriteAndSync()
    {
        RandomAccess.Write(_file, _piece, _at);
        _at = (_at + PieceBytes) % Bytes;
        Sync();
    }

    public void Dispose()
    {
        _file.Dispose();
        File.Delete(_path);
    }

    private void Sync()
    {
        if (DataSync(_file) != 0)
        {
            throw new IOException($"fdatasync of {_path} failed with error {Marshal.GetLastPInvokeError()}");
        }
    }

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int DataSync(SafeFileHandle file);
}
