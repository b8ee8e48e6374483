using Rondo.Client;

namespace Rondo.Cli;

/// <summary>What the token costs while nothing happens, and how fast it goes round while much does.</summary>
internal sealed class TokenScenario() : BenchScenario("token", "the token: messages and processor time when idle, time of a lap under load")
{
    private const int LoadPerSecond = 4_000; // All at one executor, so that there is always something to move, on processors that have time.
    private const int MessagesPerHop = 2; // The token itself and its acknowledgement.
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(20);

    public override int DefaultSlots(JobsOf kind) => 1_000;

    public override int DefaultJobs(JobsOf kind) => 200_000;

    public override async Task<Figures> RunAsync(BenchRing ring, BenchPlan plan, CancellationToken cancellationToken)
    {
        using var client = new RondoClient(ring.Addresses[0]);
        var figures = new Figures(Name);
        await IdleAsync(ring, client, plan.Duration, figures, cancellationToken);
        var job = ThroughputScenario.NoOp(plan.PayloadBytes);
        var one = new BatchRun(ring.Addresses[0], job, (int)(LoadPerSecond * plan.Duration.TotalSeconds), LoadPerSecond / 200);
        await LoadAsync("lap", ring, client, one.RunAsync(follow: true, cancellationToken, LoadPerSecond), figures, cancellationToken);
        var flood = ThroughputScenario.RunAsync(ring.Addresses, job, plan.Jobs, plan.PartLines, cancellationToken);
        await LoadAsync("lap_when_flooded", ring, client, flood, figures, cancellationToken);
        return figures;
    }

    private static async Task IdleAsync(
        BenchRing ring,
        RondoClient client,
        TimeSpan length,
        Figures figures,
        CancellationToken cancellationToken
    )
    {
        // Until the pace has slowed down: two looks in a row that are a second apart see hardly more than a lap.
        var calm = await client.RingAsync(cancellationToken);
        for (var before = -10L; calm.Token!.Lap - before > 2; calm = await client.RingAsync(cancellationToken))
        {
            before = calm.Token.Lap;
            await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
        }

        var cpu = ProcessorTime.Of(ring.Pids);
        await Task.Delay(length, cancellationToken);
        var used = ProcessorTime.Of(ring.Pids) - cpu;
        var laps = (await client.RingAsync(cancellationToken)).Token!.Lap - calm.Token.Lap;
        figures.Add("idle_messages_per_second", laps * ring.Addresses.Count * MessagesPerHop / length.TotalSeconds, "messages/s");
        figures.Add("idle_processor", 100 * used / length, "% of a core");
    }

    private static async Task LoadAsync(
        string name,
        BenchRing ring,
        RondoClient client,
        Task load,
        Figures figures,
        CancellationToken cancellationToken
    )
    {
        var laps = Figures.Times();
        var travels = Figures.Times();
        var first = (await client.RingAsync(cancellationToken)).Token!.Lap;
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var last = first;

        // A few jobs may be done before the token has come round: the lap that they began in is told.
        while (!load.IsCompleted || last == first)
        {
            await Task.Delay(LookEvery, cancellationToken);
            var token = (await client.RingAsync(cancellationToken)).Token!;
            if (token.LapMs is { } lapMs && token.Lap != last)
            {
                laps.RecordValue((long)(lapMs * 1e6));
                travels.RecordValue((long)((token.TravelMs ?? lapMs) * 1e6));
                last = token.Lap;
            }
        }

        var seconds = clock.Elapsed.TotalSeconds;
        await load;
        figures.Add(name, laps);
        figures.Add($"{name}_travel", travels);
        figures.Add($"{name}_messages_per_second", (last - first) * ring.Addresses.Count * MessagesPerHop / seconds, "messages/s");
    }
}
