using System.Text;

namespace Rondo.Cli;

/// <summary>Text in columns, each as wide as its widest cell; the last one is cut at the terminal's edge.</summary>
internal sealed class Columns(params string[] titles)
{
    public const string Gap = "  ";

    private readonly List<Cell[]> _rows = [];

    public int Count => _rows.Count;

    public void Add(params Cell[] cells) => _rows.Add(cells);

    public void Write(TextWriter writer, Ink ink, int width)
    {
        Cell[] head = [.. titles.Select(title => new Cell(title, ink.Dim))];
        Cell[][] all = titles.Length > 0 ? [head, .. _rows] : [.. _rows];
        var widths = new int[all.Length == 0 ? 0 : all.Max(row => row.Length)];
        foreach (var row in all)
        {
            for (var column = 0; column < row.Length; column++)
            {
                widths[column] = Math.Max(widths[column], row[column].Text.Length);
            }
        }

        var line = new StringBuilder();
        foreach (var row in all)
        {
            line.Clear();
            var used = 0;
            for (var column = 0; column < row.Length; column++)
            {
                var isLast = column == row.Length - 1;
                var text = isLast ? Cut(row[column].Text, width - used) : row[column].Text;
                line.Append(row[column].Paint?.Invoke(text) ?? text);
                if (!isLast)
                {
                    line.Append(' ', widths[column] - text.Length).Append(Gap);
                }

                used += widths[column] + Gap.Length;
            }

            writer.WriteLine(line.ToString().TrimEnd());
        }
    }

    private static string Cut(string text, int width) =>
        text.Length <= width || width < 2 ? text : string.Concat(text.AsSpan(0, width - 1), "…");

    /// <summary>A cell's text, and how it is coloured, which takes no room.</summary>
    internal readonly record struct Cell(string Text, Func<string, string>? Paint = null)
    {
        public static implicit operator Cell(string? text) => new(text ?? "");
    }
}
