using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace Rondo.Performance;

/// <summary>A line chart as SVG that reads well on light and dark pages.</summary>
internal sealed class Chart(string title, string xTitle, string yTitle)
{
    private static readonly OxyColor[] Colours =
    [
        OxyColor.FromRgb(0x25, 0x63, 0xeb),
        OxyColor.FromRgb(0xd9, 0x77, 0x06),
        OxyColor.FromRgb(0x05, 0x96, 0x69),
        OxyColor.FromRgb(0xdc, 0x26, 0x26),
    ];

    private readonly List<(string Name, IReadOnlyList<(double X, double Y)> Points)> _lines = [];

    /// <summary>True for powers of ten along x.</summary>
    public bool LogX { get; init; }

    /// <summary>True for powers of ten along y.</summary>
    public bool LogY { get; init; }

    /// <summary>True for a value that holds until the next one.</summary>
    public bool Steps { get; init; }

    public void Add(string name, IReadOnlyList<(double X, double Y)> points) => _lines.Add((name, points));

    public string ToSvg()
    {
        var model = new PlotModel
        {
            Title = title,
            TitleFontSize = 15,
            Background = OxyColors.White,
        };
        model.Axes.Add(Axis(AxisPosition.Bottom, xTitle, LogX));
        model.Axes.Add(Axis(AxisPosition.Left, yTitle, LogY));
        model.Legends.Add(
            new Legend { LegendPosition = LegendPosition.TopLeft, LegendBackground = OxyColor.FromAColor(200, OxyColors.White) }
        );
        foreach (var (name, points) in _lines)
        {
            var series = Steps ? new StairStepSeries() : new LineSeries { MarkerType = MarkerType.Circle, MarkerSize = 3 };
            series.Title = name;
            series.Color = Colours[model.Series.Count % Colours.Length];
            series.StrokeThickness = 2;
            series.Points.AddRange(points.Select(point => new DataPoint(point.X, point.Y)));
            model.Series.Add(series);
        }

        return new SvgExporter
        {
            Width = 720,
            Height = 360,
            UseVerticalTextAlignmentWorkaround = true,
            TextMeasurer = new RoomyText(),
        }.ExportToString(model);
    }

    private static Axis Axis(AxisPosition position, string title, bool isLogarithmic)
    {
        Axis axis = isLogarithmic ? new LogarithmicAxis() : new LinearAxis { MinimumPadding = 0.02, StringFormat = "#,0.##" };
        axis.Position = position;
        axis.Title = title;
        axis.MajorGridlineStyle = LineStyle.Solid;
        axis.MajorGridlineColor = OxyColor.FromRgb(0xe5, 0xe7, 0xeb);
        if (position == AxisPosition.Left && !isLogarithmic)
        {
            axis.AbsoluteMinimum = 0;
            axis.Minimum = 0;
        }

        return axis;
    }

    /// <summary>Leaves room for the font that a reader has instead of the one measured.</summary>
    private sealed class RoomyText() : PdfRenderContext(720, 360, OxyColors.White)
    {
        public override OxySize MeasureText(string text, string fontFamily, double fontSize, double fontWeight)
        {
            var size = base.MeasureText(text, fontFamily, fontSize, fontWeight);
            return new OxySize(size.Width * 1.25, size.Height * 1.25);
        }
    }
}
