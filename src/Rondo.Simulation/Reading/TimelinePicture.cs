using System.Globalization;
using System.Net;
using System.Text;

namespace Rondo.Simulation;

/// <summary>Draws a timeline as a sequence diagram: a lane for each executor, time downwards, messages as arrows. SVG, or text.</summary>
internal static class TimelinePicture
{
    private const int LaneWidth = 190;
    private const int RowHeight = 18;
    private const int Top = 64;
    private const int Left = 100;

    public static void Write(string file, string title, IReadOnlyList<string> lanes, IReadOnlyList<(int Index, TimelineItem Item)> rows) =>
        File.WriteAllText(
            file,
            file.EndsWith(".svg", StringComparison.OrdinalIgnoreCase) ? Svg(title, lanes, rows) : Text(title, lanes, rows)
        );

    private static string Svg(string title, IReadOnlyList<string> lanes, IReadOnlyList<(int Index, TimelineItem Item)> rows)
    {
        var height = Top + ((rows.Count + 2) * RowHeight);
        var width = Left + (lanes.Count * LaneWidth) + 260;
        var places = new Dictionary<int, int>();
        for (var row = 0; row < rows.Count; row++)
        {
            places[rows[row].Index] = row;
        }

        var svg = new StringBuilder();
        svg.Append(
            CultureInfo.InvariantCulture,
            $"""
            <svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" font-family="DejaVu Sans Mono, Consolas, monospace" font-size="11">
            <rect width="100%" height="100%" fill="#fff"/>
            <defs><marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 L8 4 L0 8 z" fill="#4a6fa5"/></marker></defs>
            <text x="12" y="22" font-size="14" font-weight="bold">{WebUtility.HtmlEncode(title)}</text>

            """
        );
        for (var lane = 0; lane < lanes.Count; lane++)
        {
            var x = X(lane);
            svg.Append(
                CultureInfo.InvariantCulture,
                $"""
                <text x="{x}" y="48" text-anchor="middle" font-weight="bold">{lanes[lane]}</text>
                <line x1="{x}" y1="56" x2="{x}" y2="{height - 8}" stroke="#bbb"/>

                """
            );
        }

        for (var row = 0; row < rows.Count; row++)
        {
            var (_, item) = rows[row];
            var y = Y(row);
            svg.Append(CultureInfo.InvariantCulture, $"""<text x="8" y="{y + 4}" fill="#888">{VirtualTime.Text(item.Time)}</text>""");
            Draw(svg, item, row, places);
            svg.Append('\n');
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static void Draw(StringBuilder svg, TimelineItem item, int row, Dictionary<int, int> places)
    {
        var y = Y(row);
        var text = WebUtility.HtmlEncode(Short(item.Text, item.Kind == TimelineKind.Violation ? 220 : 60));
        if (item.Machine < 0)
        {
            svg.Append(
                CultureInfo.InvariantCulture,
                $"""<text x="{Left}" y="{y + 4}" fill="#b3261e" font-weight="bold"><title>{WebUtility.HtmlEncode(item.Text)}</title>{text}</text>"""
            );
            return;
        }

        var x = X(item.Machine);
        switch (item.Kind)
        {
            case TimelineKind.Send when item.ArrivesAt >= 0 && places.TryGetValue(item.ArrivesAt, out var arrival):
                svg.Append(
                    CultureInfo.InvariantCulture,
                    $"""<line x1="{x}" y1="{y}" x2="{X(item.Other)}" y2="{Y(arrival)}" stroke="#4a6fa5" marker-end="url(#head)"/><text x="{x + 6}" y="{y - 3}" fill="#2f4b73">{text}</text>"""
                );
                break;
            case TimelineKind.Send:
                // Lost, or still on its way where the picture ends.
                var end = x + ((X(item.Other) - x) / 3);
                svg.Append(
                    CultureInfo.InvariantCulture,
                    $"""<line x1="{x}" y1="{y}" x2="{end}" y2="{y + 6}" stroke="#b3261e" stroke-dasharray="4 3"/><text x="{end}" y="{y + 10}" fill="#b3261e">×</text><text x="{x + 6}" y="{y - 3}" fill="#b3261e">{text}</text>"""
                );
                break;
            case TimelineKind.Arrive:
                svg.Append(CultureInfo.InvariantCulture, $"""<circle cx="{x}" cy="{y}" r="2.5" fill="#4a6fa5"/>""");
                break;
            default:
                var color = item.Kind switch
                {
                    TimelineKind.Fault => "#b3261e",
                    TimelineKind.Violation => "#b3261e",
                    TimelineKind.Run => "#2e7d32",
                    _ => "#333",
                };
                svg.Append(
                    CultureInfo.InvariantCulture,
                    $"""<rect x="{x - 4}" y="{y - 4}" width="8" height="8" fill="{color}"/><text x="{x + 8}" y="{y + 4}" fill="{color}">{text}</text>"""
                );
                break;
        }
    }

    private static string Text(string title, IReadOnlyList<string> lanes, IReadOnlyList<(int Index, TimelineItem Item)> rows)
    {
        const int Lane = 7;
        var text = new StringBuilder();
        text.Append(title).Append("\n\n").Append(' ', 12);
        foreach (var lane in lanes)
        {
            text.Append(lane.PadRight(Lane));
        }

        text.Append('\n');
        foreach (var (_, item) in rows)
        {
            var line = new char[lanes.Count * Lane];
            Array.Fill(line, ' ');
            for (var lane = 0; lane < lanes.Count; lane++)
            {
                line[lane * Lane] = '|';
            }

            Mark(line, item, Lane);
            text.Append(VirtualTime.Text(item.Time)).Append("  ").Append(line).Append(Short(item.Text, 150)).Append('\n');
        }

        return text.ToString();
    }

    private static void Mark(char[] line, TimelineItem item, int lane)
    {
        if (item.Machine < 0)
        {
            return;
        }

        var at = item.Machine * lane;
        if (item.Kind is TimelineKind.Send or TimelineKind.Arrive && item.Other >= 0 && item.Other != item.Machine)
        {
            // A message that leaves is drawn to its receiver; one that arrives is drawn from its sender, at the moment that it does.
            var (from, to) = item.Kind == TimelineKind.Send ? (at, item.Other * lane) : (item.Other * lane, at);
            var fill = item.Kind == TimelineKind.Send ? (item.ArrivesAt < 0 ? '.' : '-') : '=';
            for (var i = Math.Min(from, to) + 1; i < Math.Max(from, to); i++)
            {
                line[i] = fill;
            }

            line[to] =
                item.Kind == TimelineKind.Send && item.ArrivesAt < 0 ? 'x'
                : from < to ? '>'
                : '<';
            line[from] = 'o';
            return;
        }

        line[at] = item.Kind switch
        {
            TimelineKind.Fault => '!',
            TimelineKind.Violation => '!',
            TimelineKind.Run => '#',
            _ => '*',
        };
    }

    private static string Short(string text, int most)
    {
        var line = text.ReplaceLineEndings(" ");
        return line.Length <= most ? line : line[..(most - 1)] + "…";
    }

    private static int X(int lane) => Left + 60 + (lane * LaneWidth);

    private static int Y(int row) => Top + ((row + 1) * RowHeight);
}
