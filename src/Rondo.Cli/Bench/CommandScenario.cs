using System.Diagnostics;

namespace Rondo.Cli;

/// <summary>How many small commands a second the ring runs, their output captured.</summary>
internal sealed class CommandScenario()
    : BenchScenario("commands", "/bin/true as a durable job, output captured, until every result is back")
{
    public override int DefaultSlots => 4;

    public override int DefaultJobs => 4_000;

    public override async Task<Figures> RunAsync(BenchRing ring, BenchPlan plan, CancellationToken cancellationToken)
    {
        const string job = """{"command":["/bin/true"]}""";
        var targets = plan.ToOne ? [ring.Addresses[0]] : ring.Addresses;
        await ThroughputScenario.RunAsync(targets, job, Math.Max(plan.Jobs / 10, targets.Count), plan.PartLines, cancellationToken);
        var clock = Stopwatch.StartNew();
        await ThroughputScenario.RunAsync(targets, job, plan.Jobs, plan.PartLines, cancellationToken);
        var figures = new Figures(Name);
        figures.Add("commands_per_second", plan.Jobs / clock.Elapsed.TotalSeconds, "jobs/s");
        return figures;
    }
}
