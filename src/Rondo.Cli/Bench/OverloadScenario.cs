using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using Rondo.Client;

namespace Rondo.Cli;

/// <summary>
/// Far more than the ring can take: batches without end, of jobs that each take their time, at one executor. It has to refuse in good order,
/// keep its memory bounded and the token moving, and lose nothing of what it took.
/// </summary>
internal sealed class OverloadScenario()
    : BenchScenario("overload", "ten times more than the ring can take: refusals, memory, the token, nothing lost")
{
    private const int Senders = 10;
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(50);

    public override int DefaultSlots(JobsOf kind) => 4;

    public override int DefaultJobs(JobsOf kind) => 400_000;

    public override int? MaxUnfinished => 5_000;

    public override async Task<Figures> RunAsync(BenchRing ring, BenchPlan plan, CancellationToken cancellationToken)
    {
        var target = ring.Addresses[0];
        using var client = new RondoClient(target);
        using var probe = new HttpClient();
        const string job = """{"command":["sleep","0.001"]}""";
        BatchRun[] runs = [.. Enumerable.Range(0, Senders).Select(_ => new BatchRun(target, job, plan.Jobs / Senders, plan.PartLines))];
        var clock = Stopwatch.StartNew();
        var flood = Task.WhenAll(runs.Select(run => run.RunAsync(follow: true, cancellationToken)));
        var (refused, withRetryAfter, lap, lapAt, longest, peak) = (0, 0, -1L, TimeSpan.Zero, TimeSpan.Zero, 0L);
        while (!flood.IsCompleted)
        {
            using var body = new StringContent(job, MediaTypeHeaderValue.Parse("application/json"));
            using var response = await probe.PostAsync($"http://{target}/v1/jobs", body, cancellationToken);
            refused += response.StatusCode == HttpStatusCode.TooManyRequests ? 1 : 0;
            withRetryAfter += response is { StatusCode: HttpStatusCode.TooManyRequests, Headers.RetryAfter: not null } ? 1 : 0;
            if (await LapAsync(client, cancellationToken) is { } now && now != lap)
            {
                (lap, lapAt) = (now, clock.Elapsed);
            }

            longest = clock.Elapsed - lapAt > longest ? clock.Elapsed - lapAt : longest;
            peak = Math.Max(peak, ProcessorTime.ResidentBytes(ring.Pids.Take(1)));
            await Task.Delay(LookEvery, cancellationToken);
        }

        await flood;
        var (accepted, done) = (runs.Sum(run => run.Accepted), runs.Sum(run => run.Done));
        var figures = new Figures(Name);
        figures.Add("offered", plan.Jobs, "jobs");
        figures.Add("accepted", accepted, "jobs");
        figures.Add("lost", accepted - done, "jobs");
        figures.Add("refused_lines", runs.Sum(run => run.Refusals.Count), "jobs");
        figures.Add("offered_per_second", plan.Jobs / clock.Elapsed.TotalSeconds, "jobs/s");
        figures.Add("run_per_second", done / clock.Elapsed.TotalSeconds, "jobs/s");
        figures.Add("refused_requests", refused);
        figures.Add("refused_requests_with_retry_after", withRetryAfter);
        figures.Add("longest_time_without_a_lap", longest.TotalMilliseconds, "ms");
        figures.Add("peak_memory", peak / 1048576.0, "MiB");
        return done == accepted
            ? figures
            : throw new BenchException($"{accepted} jobs were accepted, {done} succeeded, {runs.Sum(run => run.Failed)} failed");
    }

    /// <summary>Null when even this question is refused: the executor has too much to take in.</summary>
    private static async Task<long?> LapAsync(RondoClient client, CancellationToken cancellationToken)
    {
        try
        {
            return (await client.RingAsync(cancellationToken)).Token!.Lap;
        }
        catch (RondoException full) when (full.Type == ProblemTypes.Full)
        {
            return null;
        }
    }
}
