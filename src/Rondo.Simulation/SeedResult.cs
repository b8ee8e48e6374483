using Rondo.Core;

namespace Rondo.Simulation;

/// <summary>What became of one seed.</summary>
/// <param name="Hash">Over everything that happened: the same seed always has the same.</param>
/// <param name="Violation">What was broken, and when; null when every promise was kept.</param>
/// <param name="Summary">What happened in the run, in one line.</param>
internal sealed record SeedResult(ulong Seed, ulong Hash, long Events, TimeSpan VirtualTime, string? Violation, string Summary)
{
    /// <summary>How often there was something to balance and the balance was right.</summary>
    public long BalanceChecks { get; init; }

    /// <summary>How often each <see cref="Fault"/> came.</summary>
    public EquatableList<int> Faults { get; init; } = EquatableList<int>.Empty;

    /// <summary>The command that shows this run again.</summary>
    public string Replay(RunKind? kind = null)
    {
        var kindText = kind is null ? "" : $" --kind {kind.ToString()!.ToLowerInvariant()}";
        return $"dotnet run -c Release --project src/Rondo.Simulation -- --seed {Seed}{kindText} --trace --timeline seed-{Seed}.svg";
    }
}
