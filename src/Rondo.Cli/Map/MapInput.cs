using System.Text;

namespace Rondo.Cli;

/// <summary>The lines of a map: the words behind <c>:::</c>, else standard input.</summary>
internal sealed class MapInput(Stream input, IReadOnlyList<string>? words, bool endsWithNull) : IDisposable
{
    private const string Mark = ":::";

    private readonly StreamReader _reader = new(input, Encoding.UTF8, leaveOpen: true);
    private readonly Queue<string> _ahead = new();
    private int _next;

    /// <summary>The command, and the words behind <c>:::</c>; null without them.</summary>
    /// <exception cref="UsageException">Nothing is left to run, or there is more than one list of words.</exception>
    public static (string[] Command, string[]? Words) SplitTail(string[] tail)
    {
        var mark = Array.IndexOf(tail, Mark);
        if (mark < 0)
        {
            return (tail, null);
        }

        var words = tail[(mark + 1)..];
        return mark == 0
                ? throw new UsageException($"nothing stands before '{Mark}': expected a command, such as -- echo {{}} {Mark} a b c")
            : words.Contains(Mark) ? throw new UsageException($"'{Mark}' stands twice: only one list of lines is taken")
            : (tail[..mark], words);
    }

    /// <summary>The next line, or null at the end.</summary>
    public async Task<string?> ReadAsync() => _ahead.TryDequeue(out var read) ? read : await ReadOnAsync();

    /// <summary>The line behind those that were read so far, also ahead, or null at the end; <see cref="ReadAsync"/> gives it all the same.</summary>
    public async Task<string?> ReadAheadAsync()
    {
        var line = await ReadOnAsync();
        if (line is not null)
        {
            _ahead.Enqueue(line);
        }

        return line;
    }

    public void Dispose() => _reader.Dispose();

    private async Task<string?> ReadOnAsync()
    {
        if (words is not null)
        {
            return _next < words.Count ? words[_next++] : null;
        }

        return endsWithNull ? await ReadToNullAsync() : await _reader.ReadLineAsync();
    }

    private async Task<string?> ReadToNullAsync()
    {
        var text = new StringBuilder();
        var buffer = new char[1];
        while (await _reader.ReadAsync(buffer.AsMemory()) == 1)
        {
            if (buffer[0] == '\0')
            {
                return text.ToString();
            }

            text.Append(buffer[0]);
        }

        return text.Length > 0 ? text.ToString() : null;
    }
}
