using System.Globalization;
using System.Text;

namespace Rondo.Cli;

/// <summary>Draws the demo as text.</summary>
internal static class DemoPicture
{
    private const int WaitingBarMax = 12;
    private const int SlotsBarMax = 16;
    private const int ResultsBar = 40;

    public static string Draw(DemoPlan plan, DemoMoment? moment, IReadOnlyList<DemoEvent> events, TimeSpan elapsed, int height, Ink ink)
    {
        var text = new StringBuilder();
        text.Append(
            $"{ink.Bold("Rondo demo")}  {ink.Dim($"{plan.Executors} executors, {plan.Jobs} jobs of 1 to 3 seconds, one crash")}  {Clock(elapsed)}\n\n"
        );
        var lines = 2;
        if (moment is not null)
        {
            var names = moment.Rows.Max(row => row.Name.Length);
            foreach (var row in moment.Rows)
            {
                text.Append(Row(row, names, ink)).Append('\n');
            }

            text.Append($"\n  {ink.Dim("token  ")}  {Token(moment, ink)}\n");
            text.Append(
                $"  {ink.Dim("results")}  {ProgressLine.Bar(moment.Received, moment.Jobs, ResultsBar, ink)}  {ink.Bold($"{moment.Received}/{moment.Jobs}")}\n\n"
            );
            lines += moment.Rows.Count + 4;
        }

        foreach (var entry in events.Skip(Math.Max(0, events.Count - Math.Max(1, height - lines))))
        {
            text.Append(Line(entry, ink)).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>What happened, in a line.</summary>
    public static string Line(DemoEvent entry, Ink ink) =>
        $"  {ink.Dim(Clock(entry.At))}  {(entry.IsAlarm ? ink.Red(entry.Text) : entry.Text)}";

    /// <summary>How things stand, in a line.</summary>
    public static string Line(DemoMoment moment, TimeSpan elapsed)
    {
        var executors = moment.Rows.Select(row =>
            row.State == "alive" ? $"{row.Name} {row.Running}+{row.Waiting}" : $"{row.Name} {row.State}"
        );
        return $"  {Clock(elapsed)}  running+waiting: {string.Join(", ", executors)}; {Lap(moment)}; spread {moment.Spread}; results {moment.Received}/{moment.Jobs}";
    }

    public static void WriteVerdict(TextWriter writer, DemoVerdict verdict, Ink ink)
    {
        var lines = new Columns();
        Add(verdict.Lost == 0, "results received", $"{verdict.Received}/{verdict.Jobs}", "");
        Add(verdict.Lost == 0, "lost", $"{verdict.Lost}", "");
        Add(verdict.RecordedTwice == 0, "recorded twice", $"{verdict.RecordedTwice}", "each job's trail has one end");
        Add(verdict.Changed == 0, "changed", $"{verdict.Changed}", $"read again through {verdict.ReadAgainThrough}, and compared");
        Add(verdict.Wrong == 0, "wrong", $"{verdict.Wrong}", "each result carries its job's id");
        lines.Add("  ", "ran again", $"{verdict.RanAgain}", new($"{verdict.Killed} ran them when it was killed", ink.Dim));
        Add(
            verdict.LargestSpread <= 1,
            "largest spread",
            verdict.Looks == 0 ? "-" : $"{verdict.LargestSpread}",
            verdict.Looks == 0 ? "no job had to wait in a settled ring" : $"in {verdict.Looks} looks at a settled ring where jobs waited"
        );
        lines.Write(writer, ink, int.MaxValue);
        writer.WriteLine();
        writer.WriteLine(
            verdict.AllHold
                ? ink.Green($"Nothing was lost, and nothing was recorded twice. {Durations.Format(verdict.Elapsed)}")
                : ink.Red("A promise was broken: this must not happen. Run it again with --keep to look at the executors' logs.")
        );

        void Add(bool holds, string name, string value, string remark) =>
            lines.Add(new(holds ? " ✓" : " ✗", holds ? ink.Green : ink.Red), name, new(value, ink.Bold), new(remark, ink.Dim));
    }

    private static string Row(DemoRow row, int names, Ink ink)
    {
        var state = Pad(row.State, 9, row.State == "killed" ? ink.Red : ink.State);
        var waiting =
            row.Waiting == 0
                ? ""
                : (row.Waiting > WaitingBarMax ? new string('▪', WaitingBarMax - 1) + "…" : new string('▪', row.Waiting))
                    + $" {row.Waiting} waiting";
        return $"  {ink.Bold(row.Name.PadRight(names))}  {ink.Dim(row.Id.PadRight(4))}  {state}"
            + $"  {ink.Cyan(RingTable.Bar(row.Running, row.Slots, SlotsBarMax))} {row.Running, 2} running"
            + $"  {Pad(waiting, WaitingBarMax + " 999 waiting".Length, ink.Yellow)}{(row.Accepts ? ink.Dim("  ◀ client") : "")}".TrimEnd();
    }

    private static string Token(DemoMoment moment, Ink ink) =>
        $"{ink.Bold(Lap(moment))}{ink.Dim(LapTime(moment))}   {ink.Dim("generation")} {moment.Token?.Generation ?? "-"}   {ink.Dim("spread")} {ink.Bold(moment.Spread.ToString())}";

    private static string Lap(DemoMoment moment) => $"lap {(moment.Token?.Lap ?? 0).ToString("N0", CultureInfo.InvariantCulture)}";

    private static string LapTime(DemoMoment moment) =>
        moment.Token?.LapMs is { } ms ? $" in {ms.ToString(ms < 10 ? "0.0" : "0", CultureInfo.InvariantCulture)} ms" : "";

    private static string Clock(TimeSpan at) => $"{at.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)}s".PadLeft(6);

    private static string Pad(string text, int width, Func<string, string>? paint = null) =>
        (paint?.Invoke(text) ?? text) + new string(' ', Math.Max(0, width - text.Length));
}
