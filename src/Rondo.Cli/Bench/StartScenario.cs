using System.Diagnostics;

namespace Rondo.Cli;

/// <summary>How long this program takes to start, and what an executor of it takes of memory while it has nothing to do.</summary>
internal sealed class StartScenario()
    : BenchScenario("start", "start of this program: --version, and submit until the id; memory of an idle executor")
{
    public override int DefaultSlots(JobsOf kind) => Environment.ProcessorCount;

    public override int DefaultJobs(JobsOf kind) => 50;

    public override async Task<Figures> RunAsync(BenchRing ring, BenchPlan plan, CancellationToken cancellationToken)
    {
        var (version, submit) = (Figures.Times(), Figures.Times());
        var memory = ProcessorTime.ResidentBytes(ring.Pids) / Math.Max(1, ring.Pids.Count());
        for (var i = 0; i < plan.Jobs; i++)
        {
            version.RecordValue(await TimeAsync(["--version"], cancellationToken));
            submit.RecordValue(await TimeAsync(["submit", "-o", "quiet", "--addr", ring.Addresses[0], "--", "true"], cancellationToken));
        }

        var figures = new Figures(Name);
        figures.Add("version", version);
        figures.Add("submit", submit);
        figures.Add("idle_memory", memory / 1048576.0, "MiB");
        return figures;
    }

    private static async Task<long> TimeAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, arguments) { UseShellExecute = false, RedirectStandardOutput = true };
        var began = Stopwatch.GetTimestamp();
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0
            ? (long)Stopwatch.GetElapsedTime(began).TotalNanoseconds
            : throw new BenchException($"{start.FileName} {string.Join(' ', arguments)} ended with code {process.ExitCode}");
    }
}
