using System.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Rondo.Cli;

/// <summary>Rows of text in columns without lines between them. The last column is cut where the terminal ends, the others never.</summary>
internal sealed class DataTable(params string[] titles)
{
    private const int Gap = 2;
    private const int LastColumnMin = 8;

    private readonly List<Cell[]> _rows = [];

    public int Count => _rows.Count;

    /// <summary>How far the table stands from the left.</summary>
    public int Indent { get; init; }

    public void Add(params Cell[] cells) => _rows.Add(cells);

    public void Write(IAnsiConsole console)
    {
        if (_rows.Count > 0)
        {
            console.Write(new AtLeast(Width(console.Profile.Width), ToRenderable(console.Profile.Width)));
        }
    }

    public IRenderable ToRenderable(int width)
    {
        var widths = Widths(width);
        var table = new Table
        {
            Border = TableBorder.None,
            ShowHeaders = titles.Length > 0,
            UseSafeBorder = false,
        };
        for (var column = 0; column < widths.Count; column++)
        {
            table.AddColumn(
                new TableColumn(new Text(titles.ElementAtOrDefault(column) ?? "", Palette.Dim))
                {
                    Padding = new Padding(0, 0, column == widths.Count - 1 ? 0 : Gap, 0),
                    NoWrap = true,
                    Width = widths[column],
                }
            );
        }

        foreach (var row in _rows)
        {
            table.AddRow([.. Enumerable.Range(0, widths.Count).Select(column => row.ElementAtOrDefault(column).ToText())]);
        }

        return Indent == 0 ? table : new Padder(table, new Padding(Indent, 0, 0, 0));
    }

    private List<int> Widths(int width)
    {
        var columns = Math.Max(titles.Length, _rows.Max(row => row.Length));
        var left = width - Indent;
        List<int> widths = [];
        for (var column = 0; column < columns; column++)
        {
            var title = titles.ElementAtOrDefault(column) ?? "";
            var widest = _rows.Select(row => row.ElementAtOrDefault(column).Width).Append(title.Length).Max();
            widths.Add(Math.Max(1, column == columns - 1 ? Math.Min(widest, Math.Max(LastColumnMin, left)) : widest));
            left -= widths[^1] + Gap;
        }

        return widths;
    }

    /// <summary>How wide it is in a terminal of this width, which may be less.</summary>
    private int Width(int width) => Indent + Gap * (Widths(width).Count - 1) + Widths(width).Sum();

    /// <summary>In a terminal that is too narrow lines are broken by it: half an id is worse.</summary>
    private sealed class AtLeast(int width, IRenderable content) : IRenderable
    {
        public Measurement Measure(RenderOptions options, int maxWidth) => content.Measure(options, Math.Max(width, maxWidth));

        public IEnumerable<Segment> Render(RenderOptions options, int maxWidth) => content.Render(options, Math.Max(width, maxWidth));
    }

    /// <summary>A cell's text and what it looks like.</summary>
    internal readonly record struct Cell(string? Text, Style? Style = null)
    {
        public int Width => Segment.CellCount([new Segment(Line)]);

        private string Line => OneLine.Of(Text);

        public static implicit operator Cell(string? text) => new(text);

        public Text ToText() => new(Line, Style) { Overflow = Overflow.Ellipsis };
    }
}

/// <summary>Text of others as a terminal can show it.</summary>
internal static class OneLine
{
    /// <summary>One line without control characters: what a job writes or is called must not steer the terminal.</summary>
    public static string Of(string? text)
    {
        if (text is null || !text.Any(char.IsControl))
        {
            return text ?? "";
        }

        var line = new StringBuilder(text.Length);
        foreach (var character in text.ReplaceLineEndings(" "))
        {
            line.Append(
                character == '\t' ? ' '
                : char.IsControl(character) ? '·'
                : character
            );
        }

        return line.ToString();
    }
}
