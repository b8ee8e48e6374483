namespace Rondo.Cli;

/// <summary>A file that an option names.</summary>
internal static class InputFile
{
    /// <exception cref="UsageException">It is a directory.</exception>
    /// <exception cref="FileNotFoundException">It is not there.</exception>
    public static FileStream Open(string option, string path) =>
        Directory.Exists(path) ? throw new UsageException($"{option}: '{path}' is a directory: expected a file")
        : !File.Exists(path) ? throw new FileNotFoundException($"{option}: there is no file '{path}'")
        : File.OpenRead(path);
}
