using System.Text;
using Rondo.Chaos.Checks;
using Rondo.Chaos.Clients;
using Rondo.Chaos.Faults;
using Rondo.Chaos.Measuring;

namespace Rondo.Chaos;

/// <summary>What was done, and what came of it, for people; in Markdown.</summary>
internal static class Report
{
    public static string Write(
        ChaosOptions options,
        TimeSpan time,
        FaultLog faults,
        Recorder recorder,
        Checker checker,
        OrphanCheck orphans,
        Recovery recovery,
        Violations violations
    )
    {
        var figures = checker.Figures;
        var text = new StringBuilder();
        void Line(string line = "") => text.AppendLine(line);
        Line($"seed {options.Seed}, {options.Executors} executors, {time.TotalSeconds:0} s of faults, {faults.Kills} ended by SIGKILL");
        Line();
        Line("| fault | times |");
        Line("|---|---:|");
        foreach (var kind in Enum.GetValues<FaultKind>())
        {
            Line($"| {kind.Text()} | {faults.Counts.GetValueOrDefault(kind)} |");
        }

        Line($"| unsynced sectors that a loss of power took | {faults.SectorsLost} |");
        Line();
        Line("| what clients saw | |");
        Line("|---|---:|");
        Line($"| jobs submitted | {recorder.Stories.Count} |");
        Line($"| ids told | {recorder.ById.Count} |");
        Line($"| jobs that are there although the answer got lost | {figures.Untold} |");
        Line($"| states and results read | {recorder.Reads} |");
        Line($"| requests without an answer, or told to come again | {recorder.Unanswered} |");
        foreach (var (end, count) in figures.Ends)
        {
            Line($"| {end} | {count} |");
        }

        Line($"| attempts started | {figures.Starts} |");
        Line($"| of those, a job started again | {figures.RanAgain} |");
        foreach (var (reason, count) in figures.Reasons)
        {
            Line($"| ... after {reason} | {count} |");
        }

        Line($"| ... before the earlier attempt noted its end | {figures.Unfinished} |");
        Line();
        Line("| recovery | goal | times | median | 99 % |");
        Line("|---|---:|---:|---:|---:|");
        foreach (var times in recovery.All.Where(times => times.Count > 0))
        {
            Line($"| {times.What} | {times.GoalMs:0} ms | {times.Count} | {times.MedianMs:0} ms | {times.P99Ms:0} ms |");
        }

        if (orphans.Milliseconds.Count > 0)
        {
            var sorted = orphans.Milliseconds.Order().ToArray();
            Line(
                $"| an executor's end until its jobs' processes are gone | | {sorted.Length} | {sorted[sorted.Length / 2]:0} ms | {sorted[(int)(sorted.Length * 0.99)]:0} ms |"
            );
        }

        Line();
        Line("| promise | broken |");
        Line("|---|---:|");
        foreach (var kind in Enum.GetValues<Broken>())
        {
            Line($"| {Words(kind)} | {violations.Counts.GetValueOrDefault(kind)} |");
        }

        return text.ToString();
    }

    private static string Words(Broken kind) =>
        kind switch
        {
            Broken.Lost => "a job with an id is lost",
            Broken.Duplicated => "a job or a result is there twice",
            Broken.Changed => "what was final changes",
            Broken.Invented => "a job or a result comes from nowhere",
            Broken.ToldTooSoon => "a client is told what is not durable",
            Broken.RanAgain => "a job runs again without a cause",
            Broken.Orphan => "a process outlives its executor",
            Broken.Executor => "an executor ends, hangs or does not start",
            _ => throw new System.Diagnostics.UnreachableException(),
        };
}
