using System.Diagnostics;
using System.Globalization;
using Rondo.Client;

namespace Rondo.Cli;

/// <summary>
/// Jobs of random length arrive at one executor at random times, enough to keep the ring at 70 % of its slots. How far apart the
/// executors' running counts are, beside a scheduler in the middle that sees everything at once and is given the same jobs.
/// </summary>
internal sealed class BalanceScenario()
    : BenchScenario("balance", "random arrivals at one executor at 70 % load: how far apart the running counts are")
{
    private const double Load = 0.7;
    private const int MessagesPerHop = 2;
    private static readonly TimeSpan MeanLength = TimeSpan.FromMilliseconds(500);

    public override int DefaultSlots(JobsOf kind) => 4;

    public override int DefaultJobs(JobsOf kind) => 0; // The time says how many.

    public override async Task<Figures> RunAsync(BenchRing ring, BenchPlan plan, CancellationToken cancellationToken)
    {
        using var client = new RondoClient(ring.Addresses[0]);
        var before = await client.RingAsync(cancellationToken);
        var slots = before.Executors.Sum(executor => executor.Slots);
        var perSecond = Load * slots / MeanLength.TotalSeconds;
        var ids = await SubmitAsync(client, perSecond, plan.Duration, cancellationToken);
        var laps = (await client.RingAsync(cancellationToken)).Token!.Lap - before.Token!.Lap;
        var trace = new List<BalanceTrace.Run>();
        foreach (var id in ids)
        {
            var job = await client.WaitAsync(id, timeout: null, cancellationToken);
            trace.Add(new BalanceTrace.Run(job.SubmittedAt, job.StartedAt!.Value, job.FinishedAt!.Value, job.Holder!));
        }

        string[] executors = [.. before.Executors.Select(executor => executor.Id)];
        var (spread, excess) = BalanceTrace.Measure(trace, executors);
        var central = BalanceTrace.Central(trace, executors, before.Executors[0].Slots);
        if (plan.Trace is { } file)
        {
            await BalanceTrace.WriteAsync(file, trace, central, executors);
        }

        var (centralSpread, centralExcess) = BalanceTrace.Measure(central, executors);
        var figures = new Figures(Name);
        figures.Add("jobs", trace.Count);
        figures.Add("mean_spread", spread, "jobs");
        figures.Add("central_mean_spread", centralSpread, "jobs");
        figures.Add("spread_to_central", spread / centralSpread, "x");
        figures.Add("mean_wait", trace.Average(run => (run.Started - run.Submitted).TotalMilliseconds), "ms");
        figures.Add("central_mean_wait", central.Average(run => (run.Started - run.Submitted).TotalMilliseconds), "ms");
        figures.Add("time_more_than_one_apart", 100 * excess, "%");
        figures.Add("central_time_more_than_one_apart", 100 * centralExcess, "%");
        figures.Add("token_messages_per_job", (double)laps * executors.Length * MessagesPerHop / trace.Count, "messages");
        return figures;
    }

    private static async Task<List<string>> SubmitAsync(
        RondoClient client,
        double perSecond,
        TimeSpan length,
        CancellationToken cancellationToken
    )
    {
        var random = new Random(1); // The same arrivals in every run.
        var due = 0.0;
        var submitting = new List<Task<string>>();
        var clock = Stopwatch.StartNew();
        while ((due += Exponential(random, 1 / perSecond)) < length.TotalSeconds)
        {
            var seconds = Exponential(random, MeanLength.TotalSeconds).ToString("0.000", CultureInfo.InvariantCulture);
            if (TimeSpan.FromSeconds(due) - clock.Elapsed is var pause && pause > TimeSpan.Zero)
            {
                await Task.Delay(pause, cancellationToken);
            }

            submitting.Add(client.SubmitAsync(new JobRequest { Command = ["sleep", seconds] }, cancellationToken));
        }

        return [.. await Task.WhenAll(submitting)];
    }

    private static double Exponential(Random random, double mean) => -mean * Math.Log(1 - random.NextDouble());
}
