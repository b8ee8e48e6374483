using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Rondo.Cli;

/// <summary>Draws the demo as text.</summary>
internal static class DemoPicture
{
    private const int WaitingBarMax = 12;
    private const int SlotsBarMax = 16;
    private const int ResultsBar = 40;

    public static IRenderable Draw(
        DemoPlan plan,
        DemoMoment? moment,
        IReadOnlyList<DemoEvent> events,
        TimeSpan elapsed,
        (int Width, int Height) size
    )
    {
        List<IRenderable> parts =
        [
            new Paragraph()
                .Append("Rondo demo  ", Palette.Bold)
                .Append($"{plan.Executors} executors, {plan.Jobs} jobs of 1 to 3 seconds, one crash", Palette.Dim)
                .Append($"  {Clock(elapsed)}"),
            new Text(""),
        ];
        var lines = 2;
        if (moment is not null)
        {
            var (full, empty) = Bars.Part(moment.Received, moment.Jobs, ResultsBar);
            parts.Add(Executors(moment).ToRenderable(size.Width));
            parts.Add(new Text(""));
            parts.Add(Token(moment));
            parts.Add(
                new Paragraph()
                    .Append("  results  ", Palette.Dim)
                    .Append(full, Palette.Good)
                    .Append(empty, Palette.Dim)
                    .Append($"  {moment.Received}/{moment.Jobs}", Palette.Bold)
            );
            parts.Add(new Text(""));
            lines += moment.Rows.Count + 4;
        }

        var told = new DataTable { Indent = 2 };
        foreach (var entry in events.Skip(Math.Max(0, events.Count - Math.Max(1, size.Height - lines))))
        {
            told.Add(new(Clock(entry.At), Palette.Dim), new(entry.Text, entry.IsAlarm ? Palette.Bad : Palette.Plain));
        }

        if (told.Count > 0)
        {
            parts.Add(told.ToRenderable(size.Width));
        }

        return new Rows(parts);
    }

    /// <summary>What happened, in a line.</summary>
    public static string Line(DemoEvent entry) => $"  {Clock(entry.At)}  {entry.Text}";

    /// <summary>How things stand, in a line.</summary>
    public static string Line(DemoMoment moment, TimeSpan elapsed)
    {
        var executors = moment.Rows.Select(row =>
            row.State == "alive" ? $"{row.Name} {row.Running}+{row.Waiting}" : $"{row.Name} {row.State}"
        );
        return $"  {Clock(elapsed)}  running+waiting: {string.Join(", ", executors)}; {Lap(moment)}; spread {moment.Spread}; results {moment.Received}/{moment.Jobs}";
    }

    public static void WriteVerdict(IAnsiConsole console, DemoVerdict verdict)
    {
        var lines = new DataTable { Indent = 1 };
        Add(verdict.Lost == 0, "results received", $"{verdict.Received}/{verdict.Jobs}", "");
        Add(verdict.Lost == 0, "lost", $"{verdict.Lost}", "");
        Add(verdict.RecordedTwice == 0, "recorded twice", $"{verdict.RecordedTwice}", "each job's trail has one end");
        Add(verdict.Changed == 0, "changed", $"{verdict.Changed}", $"read again through {verdict.ReadAgainThrough}, and compared");
        Add(verdict.Wrong == 0, "wrong", $"{verdict.Wrong}", "each result carries its job's id");
        lines.Add(" ", "ran again", $"{verdict.RanAgain}", new($"{verdict.Killed} ran them when it was killed", Palette.Dim));
        Add(
            verdict.LargestSpread <= 1,
            "largest spread",
            verdict.Looks == 0 ? "-" : $"{verdict.LargestSpread}",
            verdict.Looks == 0 ? "no job had to wait in a settled ring" : $"in {verdict.Looks} looks at a settled ring where jobs waited"
        );
        lines.Write(console);
        console.WriteLine();
        console.WriteLine(
            verdict.AllHold
                ? $"Nothing was lost, and nothing was recorded twice. {Durations.Format(verdict.Elapsed)}"
                : "A promise was broken: this must not happen. Run it again with --keep to look at the executors' logs.",
            verdict.AllHold ? Palette.Good : Palette.Bad
        );

        void Add(bool holds, string name, string value, string remark) =>
            lines.Add(new(holds ? "✓" : "✗", holds ? Palette.Good : Palette.Bad), name, new(value, Palette.Bold), new(remark, Palette.Dim));
    }

    private static DataTable Executors(DemoMoment moment)
    {
        var table = new DataTable { Indent = 2 };
        foreach (var row in moment.Rows)
        {
            table.Add(
                new(row.Name, Palette.Bold),
                new(row.Id.PadRight(4), Palette.Dim),
                new(row.State.PadRight("suspected".Length), Palette.State(row.State)),
                new(Bars.Slots(row.Running, row.Slots, SlotsBarMax), Palette.Busy),
                $"{row.Running, 2} running",
                new(Waiting(row.Waiting).PadRight(WaitingBarMax + " 999 waiting".Length), Palette.Odd),
                new(row.Accepts ? "◀ client" : "", Palette.Dim)
            );
        }

        return table;
    }

    private static string Waiting(int waiting) =>
        waiting == 0
            ? ""
            : (waiting > WaitingBarMax ? new string('▪', WaitingBarMax - 1) + "…" : new string('▪', waiting)) + $" {waiting} waiting";

    private static Paragraph Token(DemoMoment moment) =>
        new Paragraph()
            .Append("  token    ", Palette.Dim)
            .Append(Lap(moment), Palette.Bold)
            .Append(LapTime(moment) + "   generation ", Palette.Dim)
            .Append(moment.Token?.Generation ?? "-")
            .Append("   spread ", Palette.Dim)
            .Append(moment.Spread.ToString(CultureInfo.InvariantCulture), Palette.Bold);

    private static string Lap(DemoMoment moment) => $"lap {(moment.Token?.Lap ?? 0).ToString("N0", CultureInfo.InvariantCulture)}";

    private static string LapTime(DemoMoment moment) =>
        moment.Token?.LapMs is { } ms ? $" in {ms.ToString(ms < 10 ? "0.0" : "0", CultureInfo.InvariantCulture)} ms" : "";

    private static string Clock(TimeSpan at) => $"{at.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)}s".PadLeft(6);
}
