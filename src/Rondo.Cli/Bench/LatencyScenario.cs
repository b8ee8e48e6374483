using System.Diagnostics;

namespace Rondo.Cli;

/// <summary>
/// How long one client waits that submits one job at a time, beside what no scheduler could be faster than: the disk's own sync and a
/// plain HTTP round trip to the same process, taken in turn so that all see the same machine.
/// </summary>
internal sealed class LatencyScenario() : BenchScenario("latency", "one job at a time: until its id, and until its result")
{
    private const int Rounds = 20;

    public override int DefaultSlots(JobsOf kind) => 4;

    public override int DefaultJobs(JobsOf kind) => 2_000;

    public override async Task<Figures> RunAsync(BenchRing ring, BenchPlan plan, CancellationToken cancellationToken)
    {
        var address = ring.Addresses[0];
        using var connection = await LineConnection.OpenAsync(address, cancellationToken);
        using var disk = new SyncedFile(ring.Folder ?? Path.GetTempPath());
        var body = ThroughputScenario.NoOp(plan.PayloadBytes);
        var http = LineConnection.Request(address, "GET", "/health/live");
        var submit = LineConnection.Request(address, "POST", "/v1/jobs", body);
        var run = LineConnection.Request(address, "POST", "/v1/jobs?wait=30s", body);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var background = plan.Rate == 0 ? Task.CompletedTask : KeepBusyAsync(ring, body, plan.Rate, ended.Token);
        var (syncs, trips, submits, runs) = (Figures.Times(), Figures.Times(), Figures.Times(), Figures.Times());
        for (var round = -1; round < Rounds; round++)
        {
            var count = Math.Max(1, plan.Jobs / Rounds);
            Measure(syncs, count, disk.WriteAndSync);
            Measure(trips, count, () => connection.Exchange(http)); // Whatever it says: an executor under load may call itself unwell.
            Measure(submits, count, () => Check(connection.Exchange(submit), 201));
            Measure(runs, count, () => Check(connection.Exchange(run), 200));
            cancellationToken.ThrowIfCancellationRequested();
            if (round < 0)
            {
                // What is compiled and filled at the first time does not count.
                (syncs, trips, submits, runs) = (Figures.Times(), Figures.Times(), Figures.Times(), Figures.Times());
            }
        }

        await ended.CancelAsync();
        await background.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var figures = new Figures(Name);
        figures.Add("submit", submits);
        figures.Add("result", runs);
        figures.Add("fdatasync", syncs);
        figures.Add("http", trips);
        var unit = figures["fdatasync_median"] + figures["http_median"];
        figures.Add("submit_median_to_limit", figures["submit_median"] / unit, "x");
        figures.Add("submit_p99_to_limit", figures["submit_p99"] / unit, "x");
        figures.Add("result_median_to_limit", figures["result_median"] / unit, "x");
        return figures;
    }

    private static Task KeepBusyAsync(BenchRing ring, string job, double perSecond, CancellationToken cancellationToken)
    {
        var each = perSecond / ring.Addresses.Count;
        var part = Math.Max(1, (int)(each / 200));
        return Task.WhenAll(
            ring.Addresses.Select(address =>
                new BatchRun(address, job, int.MaxValue - part, part).RunAsync(follow: true, cancellationToken, each)
            )
        );
    }

    private static void Measure(HdrHistogram.LongHistogram into, int count, Action once)
    {
        for (var i = 0; i < count; i++)
        {
            var start = Stopwatch.GetTimestamp();
            once();
            into.RecordValue((long)Stopwatch.GetElapsedTime(start).TotalNanoseconds);
        }
    }

    private static void Check(int status, int expected)
    {
        if (status == 202)
        {
            throw new BenchException(
                "a job had not ended after 30 s: more jobs come than the ring can run; a lower --rate can be measured"
            );
        }

        if (status != expected)
        {
            throw new BenchException($"an executor answered with status {status} instead of {expected}");
        }
    }
}
