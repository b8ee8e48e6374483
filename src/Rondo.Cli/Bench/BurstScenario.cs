using Rondo.Client;

namespace Rondo.Cli;

/// <summary>An idle ring is given a burst at one executor: how long until all run equally many.</summary>
/// <remarks>
/// Taken from the jobs' own times of start, which all come from this machine's clock: nothing looks at the executors meanwhile. The client has
/// submitted a job before, so that neither its own start nor its first connection is measured.
/// </remarks>
internal sealed class BurstScenario()
    : BenchScenario("burst", "from idle: a burst of one-second jobs at one executor, until all run the same number")
{
    private const int SettleMs = 3_000;

    public override int DefaultSlots(JobsOf kind) => 32;

    public override int DefaultJobs(JobsOf kind) => 64;

    public override async Task<Figures> RunAsync(BenchRing ring, BenchPlan plan, CancellationToken cancellationToken)
    {
        using var client = new RondoClient(ring.Addresses[0]);
        await RunAsync(client, ["true"], 1, cancellationToken);
        await Task.Delay(SettleMs, cancellationToken); // The token's pace slows down by time alone.
        var start = DateTimeOffset.UtcNow;
        var jobs = await RunAsync(client, ["sleep", "1"], plan.Jobs, cancellationToken);
        int[] counts = [.. jobs.CountBy(job => job.Holder!).Select(holder => holder.Value)];
        var figures = new Figures(Name);
        figures.Add("balanced_after", (jobs.Max(job => job.StartedAt!.Value) - start).TotalMilliseconds, "ms");
        figures.Add("executors_used", counts.Length);
        figures.Add("spread", counts.Max() - (counts.Length < ring.Addresses.Count ? 0 : counts.Min()));
        return figures;
    }

    private static async Task<List<Job>> RunAsync(RondoClient client, string[] command, int count, CancellationToken cancellationToken)
    {
        var ids = new List<string>();
        var requests = Enumerable.Range(0, count).Select(_ => new JobRequest { Command = command });
        await foreach (var outcome in client.SubmitManyAsync(requests.ToAsyncEnumerable(), cancellationToken))
        {
            ids.Add(outcome.Id ?? throw new BenchException($"a job was refused: {outcome.Problem?.Message}"));
        }

        var jobs = new List<Job>();
        foreach (var id in ids)
        {
            jobs.Add(await client.WaitAsync(id, timeout: null, cancellationToken));
        }

        return jobs;
    }
}
