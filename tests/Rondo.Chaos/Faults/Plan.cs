namespace Rondo.Chaos.Faults;

/// <summary>Something that will be done to some executors.</summary>
/// <param name="Seed">Decides everything else about it.</param>
internal sealed record Fault(FaultKind Kind, IReadOnlyList<int> Executors, int Seed);

/// <summary>The faults of a run, in their order; a seed gives always the same.</summary>
internal static class Plan
{
    public static IReadOnlyList<Fault> Make(int seed, int executors, int kills, int others, IReadOnlyList<FaultKind> only)
    {
        var random = new Random(seed);
        var faults = new List<Fault>();
        Fault Add(FaultKind kind)
        {
            var fault = new Fault(kind, Choose(kind, executors, random), random.Next());
            faults.Add(fault);
            return fault;
        }

        bool Wanted(FaultKind kind) => only.Count == 0 || only.Contains(kind);

        var killing = FaultKinds.Kills.Where(Wanted).ToArray();
        for (var killed = 0; killing.Length > 0 && killed < kills; )
        {
            // Half of them end one executor alone, while others are busy with other faults.
            var kind = random.Next(2) == 0 ? killing[0] : killing[random.Next(killing.Length)];
            killed += Add(kind).Executors.Count * (kind is FaultKind.KillStarting ? KillsOfAStart : 1);
        }

        foreach (
            var group in (IReadOnlyList<FaultKind>[])
                [FaultKinds.Pauses, FaultKinds.Cuts, FaultKinds.Disks, FaultKinds.Traffic, FaultKinds.Others]
        )
        {
            var kinds = group.Where(Wanted).ToArray();
            for (var i = 0; kinds.Length > 0 && i < others; i++)
            {
                Add(kinds[i % kinds.Length]);
            }
        }

        var order = faults.ToArray();
        random.Shuffle(order);
        return order;
    }

    /// <summary>How often <see cref="FaultKind.KillStarting"/> ends its executor.</summary>
    public const int KillsOfAStart = 3;

    private static int[] Choose(FaultKind kind, int executors, Random random)
    {
        var all = Enumerable.Range(0, executors).ToArray();
        random.Shuffle(all);
        return kind switch
        {
            FaultKind.KillAll or FaultKind.PowerCutAll => [.. Enumerable.Range(0, executors)],
            FaultKind.KillSeveral => all[..random.Next(2, executors)],
            FaultKind.Cut or FaultKind.CutOneWay => all[..2],
            FaultKind.Partition => all[..random.Next(1, executors)],
            // Only these are on a disk of their own.
            FaultKind.DiskFull => [random.Next((executors + 1) / 2) * 2],
            // Only the last one is behind a relay.
            FaultKind.SlowLink or FaultKind.BreakLink => [executors - 1],
            _ => all[..1],
        };
    }
}
