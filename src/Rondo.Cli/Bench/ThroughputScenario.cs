using System.Diagnostics;

namespace Rondo.Cli;

/// <summary>Jobs a second from submitting to the result at the client, nothing but the scheduler's own work in them.</summary>
internal sealed class ThroughputScenario() : BenchScenario("throughput", "durable jobs, submitted in batches, until every result is back")
{
    public override int DefaultSlots(JobsOf kind) => kind == JobsOf.NoOp ? 1_000 : Environment.ProcessorCount;

    public override int DefaultJobs(JobsOf kind) => kind == JobsOf.NoOp ? 200_000 : 4_000;

    public override async Task<Figures> RunAsync(BenchRing ring, BenchPlan plan, CancellationToken cancellationToken)
    {
        var targets = plan.ToOne ? [ring.Addresses[0]] : ring.Addresses;
        var job = plan.Kind == JobsOf.NoOp ? NoOp(plan.PayloadBytes) : """{"command":["/bin/true"]}""";
        await RunAsync(targets, job, Math.Max(plan.Jobs / 10, targets.Count), plan.PartLines, cancellationToken);
        var cpu = ProcessorTime.Of(ring.Pids);
        var clock = Stopwatch.StartNew();
        await RunAsync(targets, job, plan.Jobs, plan.PartLines, cancellationToken);
        var seconds = clock.Elapsed.TotalSeconds;
        var figures = new Figures(Name);
        figures.Add("seconds", seconds, "s");
        figures.Add("jobs_per_second", plan.Jobs / seconds, "jobs/s");
        if (ProcessorTime.Of(ring.Pids) - cpu is var used && used > TimeSpan.Zero)
        {
            figures.Add("executors_cpu_per_job", used.TotalMicroseconds / plan.Jobs, "us");
        }

        return figures;
    }

    /// <summary>A job that does nothing, of a payload of that many characters.</summary>
    public static string NoOp(int payloadBytes) => $$"""{"handler":"noop","payload":"{{new string('x', payloadBytes)}}"}""";

    /// <summary>Runs jobs at several executors at the same time.</summary>
    /// <exception cref="BenchException">Not all of them succeeded.</exception>
    public static async Task RunAsync(
        IReadOnlyList<string> targets,
        string job,
        int jobs,
        int partLines,
        CancellationToken cancellationToken
    )
    {
        BatchRun[] runs =
        [
            .. targets.Select(
                (target, i) => new BatchRun(target, job, (jobs / targets.Count) + (i < jobs % targets.Count ? 1 : 0), partLines)
            ),
        ];
        await Task.WhenAll(runs.Select(run => run.RunAsync(follow: true, cancellationToken)));
        if (runs.Sum(run => run.Done) is var done && done != jobs)
        {
            throw new BenchException(
                $"{done} of {jobs} jobs succeeded, {runs.Sum(run => run.Failed)} failed, {runs.Sum(run => run.Refusals.Count)} were refused: "
                    + runs.Select(run => run.Refusals.First).FirstOrDefault(first => first is not null)
            );
        }
    }
}
