using System.Globalization;
using System.Security;
using System.Text;

namespace Rondo.Performance;

/// <summary>A line chart as SVG that reads well on light and dark pages.</summary>
internal sealed class Chart(string title, string xTitle, string yTitle)
{
    private const int Width = 720;
    private const int Height = 360;
    private const int Left = 80;
    private const int Right = 24;
    private const int Top = 44;
    private const int Bottom = 52;
    private static readonly string[] Colours = ["#2563eb", "#d97706", "#059669", "#dc2626"];

    private readonly List<(string Name, IReadOnlyList<(double X, double Y)> Points)> _lines = [];

    /// <summary>True for powers of ten along x.</summary>
    public bool LogX { get; init; }

    /// <summary>True for a value that holds until the next one.</summary>
    public bool Steps { get; init; }

    public void Add(string name, IReadOnlyList<(double X, double Y)> points) => _lines.Add((name, points));

    public string ToSvg()
    {
        var all = _lines.SelectMany(line => line.Points).ToArray();
        var (minX, maxX) = (X(all.Min(point => point.X)), X(all.Max(point => point.X)));
        var maxY = NiceStep(all.Max(point => point.Y) / 5) * 5;
        var svg = new StringBuilder();
        svg.Append(
            CultureInfo.InvariantCulture,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"12\">\n"
        );
        svg.Append(CultureInfo.InvariantCulture, $"<rect width=\"{Width}\" height=\"{Height}\" fill=\"#ffffff\"/>\n");
        svg.Append(Text(Width / 2, 22, title, "middle", "#111827", 15));
        svg.Append(Text((Left + Width - Right) / 2, Height - 12, xTitle, "middle"));
        svg.Append(
            CultureInfo.InvariantCulture,
            $"<text x=\"16\" y=\"{Height / 2}\" text-anchor=\"middle\" fill=\"#374151\" transform=\"rotate(-90 16 {Height / 2})\">{SecurityElement.Escape(yTitle)}</text>\n"
        );
        for (var i = 0; i <= 5; i++)
        {
            var y = maxY * i / 5;
            svg.Append(
                CultureInfo.InvariantCulture,
                $"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{PlaceY(y):0.0}\" y2=\"{PlaceY(y):0.0}\" stroke=\"#e5e7eb\"/>\n"
            );
            svg.Append(Text(Left - 6, PlaceY(y) + 4, Values.Number(y), "end"));
        }

        foreach (var x in Ticks(all.Select(point => point.X)))
        {
            svg.Append(Text(PlaceX(x), Height - Bottom + 18, x.ToString("#,0.##", CultureInfo.InvariantCulture), "middle"));
        }

        for (var i = 0; i < _lines.Count; i++)
        {
            var (name, points) = _lines[i];
            svg.Append(
                CultureInfo.InvariantCulture,
                $"<path fill=\"none\" stroke=\"{Colours[i]}\" stroke-width=\"2\" d=\"{PathOf(points)}\"/>\n"
            );
            svg.Append(Text(Width - Right - 6, Top + 16 + (16 * i), name, "end", Colours[i]));
        }

        return svg.Append("</svg>\n").ToString();

        double PlaceX(double x) => Left + ((X(x) - minX) / Math.Max(1e-9, maxX - minX) * (Width - Left - Right));
        double PlaceY(double y) => Height - Bottom - (y / maxY * (Height - Top - Bottom));

        string PathOf(IReadOnlyList<(double X, double Y)> points)
        {
            var path = new StringBuilder();
            for (var i = 0; i < points.Count; i++)
            {
                var (x, y) = (PlaceX(points[i].X), PlaceY(points[i].Y));
                path.Append(
                    i == 0 ? string.Create(CultureInfo.InvariantCulture, $"M{x:0.0} {y:0.0}")
                    : Steps ? string.Create(CultureInfo.InvariantCulture, $"H{x:0.0}V{y:0.0}")
                    : string.Create(CultureInfo.InvariantCulture, $"L{x:0.0} {y:0.0}")
                );
            }

            return path.ToString();
        }
    }

    private double X(double x) => LogX ? Math.Log10(Math.Max(x, 1e-9)) : x;

    private static IEnumerable<double> Ticks(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Distinct().Order()];
        if (sorted.Length <= 8)
        {
            return sorted;
        }

        var step = NiceStep((sorted[^1] - sorted[0]) / 6);
        return Enumerable.Range(0, 8).Select(i => i * step).Where(x => x >= sorted[0] && x <= sorted[^1]);
    }

    private static double NiceStep(double raw)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(Math.Max(raw, 1e-9))));
        return power
            * (
                raw / power <= 1 ? 1
                : raw / power <= 2 ? 2
                : raw / power <= 5 ? 5
                : 10
            );
    }

    private static string Text(double x, double y, string text, string anchor, string colour = "#374151", int size = 12) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"<text x=\"{x:0.0}\" y=\"{y:0.0}\" text-anchor=\"{anchor}\" fill=\"{colour}\" font-size=\"{size}\">{SecurityElement.Escape(text)}</text>\n"
        );
}
