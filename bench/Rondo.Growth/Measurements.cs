using System.Text.Json;

namespace Rondo.Growth;

/// <summary>Measures rings of real cores, fits the cost of a hop to them, and goes on with the model where the real thing is too large for one machine.</summary>
internal static class Measurements
{
    private const int Slots = 4;
    private const int CostLaps = 10;

    /// <summary>After so many laps with nothing to do the token goes slowly, and everybody knows it.</summary>
    private const int IdleLaps = 8;

    /// <summary>A hop between two processes of one machine, by the ring's benchmark; machines of one network are of the same order.</summary>
    private static readonly TimeSpan Network = TimeSpan.FromMicroseconds(200);

    private static readonly TimeSpan Transfer = TimeSpan.FromMilliseconds(2);

    public static void Run(int[] sizes, int[] modelled, string? file)
    {
        Console.WriteLine("Rings of real cores, virtual time: a message takes 0.1 ms, a commit 0.3 ms.");
        Console.WriteLine("executors  burst balanced ms  laps  messages/job  visit us  wire us  token bytes");
        var measured = new List<Ring>();
        foreach (var size in sizes)
        {
            var ring = Measure(size);
            measured.Add(ring);
            Console.WriteLine(
                $"{ring.Executors, 9}  {ring.BalancedMs, 17:F1}  {ring.Laps, 4}  {ring.MessagesPerJob, 12:F2}  {ring.VisitUs, 8:F1}  {ring.WireUs, 7:F1}  {ring.TokenBytes, 11}"
            );
        }

        var cost = HopCost.Fit(
            [.. measured.Select(ring => (ring.Executors, TimeSpan.FromMicroseconds(ring.VisitUs + ring.WireUs)))],
            Network
        );
        Console.WriteLine();
        Console.WriteLine(
            $"A hop takes {cost.Fixed.TotalMicroseconds:F0} us + {cost.PerRow.TotalMicroseconds:F2} us a row; a lap stays within 100 ms up to {cost.LargestWithin(TimeSpan.FromMilliseconds(100))} executors, within 1 s up to {cost.LargestWithin(TimeSpan.FromSeconds(1))}."
        );
        Console.WriteLine("executors  one ring: lap ms  burst balanced ms   groups   two layers: laps ms  burst balanced ms  handoffs/job");
        var models = modelled.Select(size => Model(size, cost)).ToArray();
        if (file is not null)
        {
            var command = $"dotnet run -c Release --project bench/Rondo.Growth -- --out {file} {string.Join(' ', sizes)}";
            var results = new
            {
                command,
                hopFixedUs = cost.Fixed.TotalMicroseconds,
                hopPerRowUs = cost.PerRow.TotalMicroseconds,
                rings = measured,
                models,
            };
            File.WriteAllText(file, JsonSerializer.Serialize(results, JsonOptions) + "\n");
        }
    }

    private static JsonSerializerOptions JsonOptions { get; } = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private static Ring Measure(int size)
    {
        var ring = new CoreRing(size, Slots);
        Expect(ring.RunUntil(() => ring.Laps >= IdleLaps, TimeSpan.FromMinutes(5)), $"the token of {size} executors goes round");

        // A burst of as many jobs as the ring has slots, all at one executor, half a lap from where the token is now: balanced when all of them run.
        var jobs = size * Slots;
        var (from, laps, messages) = (ring.Now, ring.Laps, ring.Messages);
        ring.Submit(size / 2, jobs);
        Expect(ring.RunUntil(() => ring.AllRunning(jobs), TimeSpan.FromMinutes(1)), $"{size} executors run all of {jobs} jobs");
        Expect(ring.Spread == 0, $"{size} executors run the same number of jobs, but they lie {ring.Spread} apart");
        var (took, burstLaps, burstMessages) = (ring.Now - from, ring.Laps - laps, ring.Messages - messages);

        // More jobs than slots keep the token going; what its visits cost is measured once the code is warm.
        ring.Submit(0, jobs);
        var until = ring.Laps + 2;
        Expect(ring.RunUntil(() => ring.Laps >= until, TimeSpan.FromMinutes(10)), "the token goes round under load");
        ring.ForgetCosts();
        until = ring.Laps + CostLaps;
        Expect(ring.RunUntil(() => ring.Laps >= until, TimeSpan.FromMinutes(30)), "the token goes round under load");
        var cost = ring.Cost;
        return new Ring(
            size,
            took.TotalMilliseconds,
            burstLaps,
            burstMessages / (double)jobs,
            cost.Visit.TotalMicroseconds,
            cost.Wire.TotalMicroseconds,
            cost.Bytes
        );
    }

    private static ModelledRing Model(int size, HopCost cost)
    {
        var groups = (int)Math.Sqrt(size);
        var members = size / groups;
        var flat = new LayeredRings(1, size, cost, Transfer).Burst(Slots);
        var layered = new LayeredRings(groups, members, cost, Transfer).Burst(Slots);
        var laps = cost.Lap(members) + cost.Lap(groups);
        Console.WriteLine(
            $"{size, 9}  {cost.Lap(size).TotalMilliseconds, 16:F1}  {flat.Took.TotalMilliseconds, 17:F1}  {groups, 3} x {members, -3}  {laps.TotalMilliseconds, 19:F1}  {layered.Took.TotalMilliseconds, 17:F1}  {layered.Handoffs, 12:F2}"
        );
        return new ModelledRing(
            size,
            cost.Lap(size).TotalMilliseconds,
            flat.Took.TotalMilliseconds,
            groups,
            laps.TotalMilliseconds,
            layered.Took.TotalMilliseconds,
            layered.Handoffs
        );
    }

    private static void Expect(bool holds, string what)
    {
        if (!holds)
        {
            throw new InvalidOperationException("not seen: " + what);
        }
    }

    private sealed record Ring(
        int Executors,
        double BalancedMs,
        long Laps,
        double MessagesPerJob,
        double VisitUs,
        double WireUs,
        long TokenBytes
    );

    private sealed record ModelledRing(
        int Executors,
        double LapMs,
        double BalancedMs,
        int Groups,
        double LayeredLapsMs,
        double LayeredBalancedMs,
        double LayeredHandoffsPerJob
    );
}
