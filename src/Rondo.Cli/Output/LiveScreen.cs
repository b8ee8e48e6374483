using System.Text;

namespace Rondo.Cli;

/// <summary>
/// A few lines of a terminal that are drawn over themselves. Only what changed between two pictures is written, which leaves nothing
/// to flicker, and nothing is taken from the terminal's scroll back.
/// </summary>
internal sealed class LiveScreen(TextWriter terminal, Func<int> width) : IAsyncDisposable
{
    private const string HideCursor = "\e[?25l";
    private const string ShowCursor = "\e[?25h";
    private const string Autowrap = "\e[?7";

    private string[] _lines = [];
    private int _width;

    public void Draw(string picture)
    {
        var lines = picture.TrimEnd('\n').Split('\n');
        var columns = width();
        var isSame = columns == _width;
        var output = new StringBuilder(HideCursor).Append(Autowrap).Append('l');
        if (_lines.Length > 0)
        {
            output.Append($"\e[{_lines.Length}A\r");
        }

        for (var i = 0; i < Math.Max(lines.Length, _lines.Length); i++)
        {
            var line = i < lines.Length ? lines[i] : "";
            if (!isSame || i >= _lines.Length || _lines[i] != line)
            {
                output.Append("\e[2K").Append(line);
            }

            output.Append("\r\n");
        }

        // A picture keeps its greatest height, so that what stands below it never jumps up and down.
        _lines = [.. lines, .. Enumerable.Repeat("", Math.Max(0, _lines.Length - lines.Length))];
        _width = columns;
        terminal.Write(output.Append(Autowrap).Append('h').ToString());
        terminal.Flush();
    }

    public async ValueTask DisposeAsync()
    {
        await terminal.WriteAsync(ShowCursor);
        await terminal.FlushAsync();
    }
}
