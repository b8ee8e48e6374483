namespace Rondo.Storage.Files;

/// <summary>Keeps a data directory for one process: the kernel holds the lock, and releases it however the process ends.</summary>
internal sealed class DirectoryLock : IDisposable
{
    private readonly FileStream _file;

    private DirectoryLock(FileStream file) => _file = file;

    public static DirectoryLock Take(string directory)
    {
        var path = Path.Combine(directory, "lock");
        try
        {
            return new DirectoryLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (UnauthorizedAccessException refused)
        {
            throw new StoreException(
                StoreFailure.Failed,
                $"{path} cannot be opened ({refused.Message}). Check the owner and the permissions of {directory}",
                refused
            );
        }
        catch (IOException busy) when (File.Exists(path))
        {
            throw new StoreException(
                StoreFailure.InUse,
                $"another process uses the data directory {directory} ({busy.Message}). Stop it, or choose another data directory",
                busy
            );
        }
        catch (IOException failed)
        {
            throw new StoreException(StoreFailure.Failed, $"{path} cannot be made ({failed.Message}). Check the disk", failed);
        }
    }

    public void Dispose() => _file.Dispose();
}
