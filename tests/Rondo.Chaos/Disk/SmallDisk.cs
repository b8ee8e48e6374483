namespace Rondo.Chaos.Disk;

/// <summary>A disk in memory that can be made full. It goes away with this process.</summary>
internal sealed class SmallDisk
{
    private readonly string _path;
    private readonly long _bytes;

    public SmallDisk(string path, long bytes)
    {
        (_path, _bytes) = (path, bytes);
        Tool.Run("mount", "-t", "tmpfs", "-o", $"size={bytes}", "tmpfs", path);
    }

    /// <summary>Leaves no more room than this.</summary>
    public void Fill(long roomBytes)
    {
        var drive = new DriveInfo(_path);
        Tool.Run("mount", "-o", $"remount,size={drive.TotalSize - drive.TotalFreeSpace + roomBytes}", _path);
    }

    /// <summary>There is room again.</summary>
    public void Empty() => Tool.Run("mount", "-o", $"remount,size={_bytes}", _path);
}
