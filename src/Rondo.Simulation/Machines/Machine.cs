using Rondo.Core;

namespace Rondo.Simulation;

/// <summary>A place where an executor runs: an address, a disk, clocks, and at most one process at a time.</summary>
internal sealed class Machine(int index, string address, SimulatedStore store)
{
    private static readonly DateTimeOffset Epoch = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public int Index => index;

    public string Address { get; set; } = address;

    public SimulatedStore Store { get; private set; } = store;

    /// <summary>The executor whose data is on the disk.</summary>
    public ExecutorId Id => Store.Self;

    public ExecutorProcess? Process { get; set; }

    /// <summary>It will never come back.</summary>
    public bool Gone { get; set; }

    /// <summary>Jobs of other homes that it has, or had at the end of its current process.</summary>
    public HashSet<JobId> Held { get; } = [];

    public required int Slots { get; init; }

    public required int Weight { get; init; }

    public required Capabilities Capabilities { get; init; }

    /// <summary>Monotonic clocks of two machines have nothing to do with each other.</summary>
    public required long MonotonicOffset { get; init; }

    public long WallOffset { get; set; }

    /// <summary>Commits take this many times as long.</summary>
    public int DiskSlowness { get; set; } = 1;

    /// <summary>Nothing can be written, not even the number of a start.</summary>
    public bool DiskIsFull { get; set; }

    public Instant Read(long now) => new(new TimeSpan(now + MonotonicOffset), Epoch.AddTicks(now + WallOffset));

    public void ReplaceDisk(SimulatedStore empty) => Store = empty;
}
