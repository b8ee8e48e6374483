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

    /// <summary>Moves that are held to be the last, in a ring that was at rest.</summary>
    public long MovesFromOne { get; init; }

    /// <summary>Starts of jobs that had waited for others.</summary>
    public int Dependents { get; init; }

    /// <summary>Starts that filled a cap.</summary>
    public int FullCaps { get; init; }

    /// <summary>Repeated requests that were told the id of the first.</summary>
    public int Repetitions { get; init; }

    /// <summary>How often each <see cref="Fault"/> came.</summary>
    public EquatableList<int> Faults { get; init; } = EquatableList<int>.Empty;

    /// <summary>The command that shows this run again.</summary>
    public string Replay(RunKind? kind = null)
    {
        var kindText = kind is null ? "" : $" --kind {kind.ToString()!.ToLowerInvariant()}";
        return $"dotnet run -c Release --project src/Rondo.Simulation -- --seed {Seed}{kindText} --trace --timeline seed-{Seed}.svg";
    }
}
