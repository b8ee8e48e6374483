namespace Rondo.Cli;

/// <summary>Something about a ring that can be measured.</summary>
/// <param name="name">What people call it.</param>
/// <param name="about">What is measured, in a line.</param>
internal abstract class BenchScenario(string name, string about)
{
    public static IReadOnlyList<BenchScenario> All { get; } =
    [
        new ThroughputScenario(),
        new LatencyScenario(),
        new TokenScenario(),
        new BurstScenario(),
        new BalanceScenario(),
        new OverloadScenario(),
        new StartScenario(),
    ];

    public string Name => name;

    public string About => about;

    /// <summary>Slots of each executor of a temporary ring, when the user does not say how many.</summary>
    public abstract int DefaultSlots(JobsOf kind);

    /// <summary>How many jobs, when the user does not say.</summary>
    public abstract int DefaultJobs(JobsOf kind);

    /// <summary>How many unfinished jobs an executor of a temporary ring takes; null for as many as usual.</summary>
    public virtual int? MaxUnfinished => null;

    /// <summary>Measures once.</summary>
    /// <exception cref="BenchException">A job was lost, refused or failed: the figures would mean nothing.</exception>
    public abstract Task<Figures> RunAsync(BenchRing ring, BenchPlan plan, CancellationToken cancellationToken);
}

/// <summary>What jobs do that are there to be measured.</summary>
internal enum JobsOf
{
    /// <summary>The built-in handler that gives its payload back.</summary>
    NoOp,

    /// <summary>A command that ends at once, its output captured.</summary>
    Command,
}

/// <summary>How to measure.</summary>
/// <param name="ToOne">True to submit everything to one executor, false to deal it out evenly.</param>
/// <param name="Rate">Jobs a second that keep the ring busy meanwhile.</param>
/// <param name="Trace">A file for what happened over time; null for none.</param>
/// <param name="PayloadBytes">Of each no-op job.</param>
/// <param name="PartLines">How many lines of a batch are sent at a time.</param>
internal sealed record BenchPlan(
    JobsOf Kind,
    int Jobs,
    bool ToOne,
    int PayloadBytes,
    int PartLines,
    TimeSpan Duration,
    int Rate,
    string? Trace
);

/// <summary>The measurement means nothing.</summary>
internal sealed class BenchException(string message) : IOException(message);
