using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace Rondo.Executor.Running.Streams;

/// <summary>Where the outputs of commands are that are too large to be kept in memory while these run: files without a name.</summary>
/// <param name="directory">Where their place on the disk is taken from.</param>
/// <remarks>Whatever becomes of this process, they are gone with it. To be used by one thread.</remarks>
internal sealed partial class OutputFiles(string directory, ILogger logger)
{
    /// <summary>The name that a file has for a moment; one that a crash in that moment left behind is taken over by the next.</summary>
    public const string Name = "output.tmp";

    /// <summary>A new file; null when there can be none, which the log tells.</summary>
    public SafeFileHandle? TryCreate()
    {
        var path = Path.Combine(directory, Name);
        try
        {
            var file = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite);
            File.Delete(path);
            return file;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            CannotKeep(logger, directory, error.Message);
            return null;
        }
    }

    /// <summary>Writes at an offset; false when the disk does not take it, which the log tells.</summary>
    public bool TryWrite(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset)
    {
        try
        {
            RandomAccess.Write(file, bytes, offset);
            return true;
        }
        catch (IOException error)
        {
            CannotKeep(logger, directory, error.Message);
            return false;
        }
    }

    [LoggerMessage(
        EventId = 4,
        Level = LogLevel.Warning,
        Message = "The output of a job is cut, for {Directory} does not take the rest of it: {Problem}"
    )]
    private static partial void CannotKeep(ILogger logger, string directory, string problem);
}
