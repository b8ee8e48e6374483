using Rondo.Client;

namespace Rondo.Cli;

/// <summary>What the demo's picture shows of one moment.</summary>
internal sealed record DemoMoment(IReadOnlyList<DemoRow> Rows, RingToken? Token, int Spread, int Received, int Jobs)
{
    public static DemoMoment Of(DemoStage stage, RingStatus? ring, int received, DemoPlan plan) =>
        new(
            [
                .. stage.Executors.Select(
                    (executor, i) => RowOf(executor, ring?.Executors.FirstOrDefault(each => each.Id == executor.Id), plan.Slots, i == 0)
                ),
            ],
            ring?.Token,
            ring?.Spread ?? 0,
            received,
            plan.Jobs
        );

    private static DemoRow RowOf(DemoExecutor executor, RingExecutor? seen, int slots, bool accepts) =>
        new(
            executor.Name,
            executor.Id ?? "",
                // Who was killed is known here before the ring finds out.
                executor.IsUp
                    ? seen?.State ?? "joining"
                : executor.WasKilled ? "killed"
                : "starting",
            executor.IsUp ? seen?.Running ?? 0 : 0,
            slots,
            executor.IsUp ? seen?.Waiting ?? 0 : 0,
            accepts
        );
}

/// <summary>One executor in the demo's picture.</summary>
internal sealed record DemoRow(string Name, string Id, string State, int Running, int Slots, int Waiting, bool Accepts);
