namespace Rondo.Cli;

/// <summary>A file that an option names.</summary>
internal static class NamedFile
{
    /// <exception cref="UsageException">It is a directory.</exception>
    /// <exception cref="FileNotFoundException">It is not there.</exception>
    public static FileStream OpenRead(string option, string path)
    {
        RefuseDirectory(option, path);
        return File.Exists(path) ? File.OpenRead(path) : throw new FileNotFoundException($"{option}: there is no file '{path}'");
    }

    /// <exception cref="UsageException">It is a directory, or the directory that it would be in is not there.</exception>
    public static void RefuseUnwritable(string option, string path)
    {
        RefuseDirectory(option, path);
        if (Path.GetDirectoryName(path) is { Length: > 0 } directory && !Directory.Exists(directory))
        {
            throw new UsageException($"{option}: '{path}' cannot be made: there is no directory '{directory}'");
        }
    }

    /// <exception cref="UsageException">It is a directory.</exception>
    public static void RefuseDirectory(string option, string path)
    {
        if (Directory.Exists(path))
        {
            throw new UsageException($"{option}: '{path}' is a directory: expected a file");
        }
    }
}
