using Rondo.Client;

namespace Rondo.Cli;

/// <summary>What the demo's picture shows of one moment.</summary>
internal sealed record DemoMoment(IReadOnlyList<DemoRow> Rows, RingToken? Token, int Spread, int Received, int Jobs)
{
    public static DemoMoment Of(DemoStage stage, RingStatus ring, int received, int jobs) => new(
        [.. stage.Executors.Select((executor, i) => RowOf(executor, ring.Executors.FirstOrDefault(each => each.Id == executor.Id), i == 0))],
        ring.Token,
        ring.Spread,
        received,
        jobs);

    private static DemoRow RowOf(DemoExecutor executor, RingExecutor? seen, bool accepts) => new(
        executor.Name,
        executor.Id ?? "",
        // Who was killed is known here before the ring finds out.
        !executor.IsUp ? "killed" : seen?.State ?? "joining",
        executor.IsUp ? seen?.Running ?? 0 : 0,
        seen?.Slots ?? 0,
        executor.IsUp ? seen?.Waiting ?? 0 : 0,
        accepts);
}

/// <summary>One executor in the demo's picture.</summary>
internal sealed record DemoRow(string Name, string Id, string State, int Running, int Slots, int Waiting, bool Accepts);
