namespace Rondo.Core;

/// <summary>What a scheduled job waits for at its home.</summary>
internal abstract record Hold(string Reason)
{
    /// <summary>A time of the wall clock, whatever becomes of that clock.</summary>
    public sealed record Until(DateTimeOffset Time) : Hold(Reasons.StartTime);

    /// <summary>Jobs that it depends on.</summary>
    public sealed record Dependencies() : Hold(Reasons.WaitingForDependencies)
    {
        public static Dependencies Instance { get; } = new();
    }

    /// <summary>Its turn among the jobs of its concurrency key.</summary>
    public sealed record Turn() : Hold(Reasons.WaitingForConcurrency)
    {
        public static Turn Instance { get; } = new();
    }

    /// <summary>A length of time. A clock that is set meanwhile makes it neither longer nor shorter.</summary>
    /// <param name="End">When it is over, by the wall clock of the moment in which it began: all that is left of it after a restart.</param>
    /// <param name="Length">How long it is.</param>
    public sealed record For(string Reason, DateTimeOffset End, TimeSpan Length) : Hold(Reason);
}
