namespace Rondo.Chaos.Disk;

/// <summary>A disk in memory that can be made full. It goes away with this process.</summary>
internal sealed class SmallDisk
{
    private const int Tries = 20;

    private readonly string _path;
    private readonly long _bytes;

    public SmallDisk(string path, long bytes)
    {
        (_path, _bytes) = (path, bytes);
        Tool.Run("mount", "-t", "tmpfs", "-o", $"size={bytes}", "tmpfs", path);
    }

    /// <summary>Leaves no more room than this.</summary>
    /// <remarks>A size below what is used is refused, and the executor goes on writing while the size is worked out.</remarks>
    public void Fill(long roomBytes)
    {
        for (var tries = 1; ; tries++)
        {
            var drive = new DriveInfo(_path);
            try
            {
                Tool.Run("mount", "-o", $"remount,size={drive.TotalSize - drive.TotalFreeSpace + roomBytes}", _path);
                return;
            }
            catch (InvalidOperationException) when (tries < Tries) { }
        }
    }

    /// <summary>There is room again.</summary>
    public void Empty() => Tool.Run("mount", "-o", $"remount,size={_bytes}", _path);
}
