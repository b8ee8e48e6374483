namespace Rondo.Core;

/// <summary>What does not change while an executor runs.</summary>
public sealed record CoreSettings
{
    /// <summary>What this executor tells the others of itself.</summary>
    public required Member Self { get; init; }

    /// <summary>How many jobs run at the same time, at most.</summary>
    public required int Slots { get; init; }

    /// <summary>Its part of the load in relation to other executors' weights, 1 to 1,000.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>Addresses of executors to join, as host:port.</summary>
    public IReadOnlyList<string> Join { get; init; } = [];

    /// <summary>How long a holder may be out of the ring before its jobs are taken back.</summary>
    public TimeSpan RescueAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A job whose executor crashed this often while running it fails.</summary>
    public int CrashLimit { get; init; } = 3;

    /// <summary>The most unfinished jobs of this home; a further one is refused.</summary>
    public int MaxUnfinished { get; init; } = 1_000_000;

    /// <summary>The most bytes of contents of unfinished jobs of this home; a job that would go beyond it is refused.</summary>
    public long MaxUnfinishedBytes { get; init; } = 1L << 30;

    /// <summary>
    /// Contents of jobs, and outputs that their homes do not have yet, of more bytes than this are left to the store as soon as their
    /// record is made: effects and messages then name them by <see cref="StoredContent"/> and <see cref="StoredOutput"/>. They leave only
    /// once the record is durable, so whoever carries them out finds it.
    /// </summary>
    public long InMemoryMaxBytes { get; init; } = long.MaxValue;

    /// <summary>How long the store keeps a finished job that does not itself say less.</summary>
    public TimeSpan KeepFinished { get; init; } = TimeSpan.MaxValue;

    /// <summary>How many finished jobs stay in memory for quick answers.</summary>
    public int RecentFinished { get; init; } = 4096;
}

/// <summary>What an executor finds on its stable storage when it starts.</summary>
/// <param name="MintedEpoch">The highest epoch that it made; 0 for none.</param>
/// <param name="LastNumber">The number of the last job that it accepted; 0 for none.</param>
/// <param name="Members">The other members that it knew.</param>
/// <param name="Jobs">For each unfinished job its records, in the order in which they were written.</param>
public sealed record Recovered(
    long MintedEpoch,
    long LastNumber,
    IReadOnlyList<Member> Members,
    IEnumerable<IReadOnlyList<Record.OfJob>> Jobs
)
{
    /// <summary>True when there are finished jobs with an idempotency key.</summary>
    public bool HasKeys { get; init; }

    /// <summary>The crons that it keeps.</summary>
    public IReadOnlyList<Cron> Crons { get; init; } = [];

    /// <summary>An empty data directory.</summary>
    public static Recovered Nothing { get; } = new(0, 0, [], []);
}

/// <summary>
/// What a batch of inputs came to: messages that may leave at once, records to be committed all together, then effects to be let out in
/// their order.
/// </summary>
/// <remarks>The order is the promise: no effect before the commit of this batch's records and of every batch before it.</remarks>
public sealed class StepOutput
{
    /// <summary>
    /// Signs of life, which rest on no record: to be let out at once. A disk that is slow for a moment must not make an executor look
    /// dead, and an acknowledged token that dies with its holder is made anew.
    /// </summary>
    public List<Effect> Prompt { get; } = [];

    /// <summary>To be committed first, in this order.</summary>
    public List<Record> Records { get; } = [];

    /// <summary>To be let out afterwards, in this order.</summary>
    public List<Effect> Effects { get; } = [];

    /// <summary>Makes the output ready for another batch.</summary>
    public void Clear()
    {
        Prompt.Clear();
        Records.Clear();
        Effects.Clear();
    }
}
