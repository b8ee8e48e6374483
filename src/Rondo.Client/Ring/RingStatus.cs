using System.Text.Json.Serialization;

namespace Rondo.Client;

/// <summary>
/// The ring as one executor knows it. Its own numbers are of this moment; those of the others are from the token's table: a lap old while jobs
/// move, and up to a second where the token rests.
/// </summary>
/// <param name="Executors">All members, in the order of the ring.</param>
/// <param name="Token">The token when it was last there; null before its first visit.</param>
/// <param name="Spread">Largest minus smallest running count of the executors that are alive.</param>
/// <param name="Self">The executor that answered.</param>
public sealed record RingStatus(IReadOnlyList<RingExecutor> Executors, RingToken? Token, int Spread, string? Self);

/// <summary>One executor of the ring.</summary>
public sealed record RingExecutor
{
    /// <summary>Its id, such as <c>k7q2</c>.</summary>
    public required string Id { get; init; }

    /// <summary>The label given at its start.</summary>
    public string? Name { get; init; }

    /// <summary>Where it answers clients, as <c>host:port</c>.</summary>
    public string? Address { get; init; }

    /// <summary>Where it answers other executors, as <c>host:port</c>.</summary>
    public string? RingAddress { get; init; }

    /// <summary><c>alive</c>, <c>suspected</c> or <c>draining</c>.</summary>
    public required string State { get; init; }

    /// <summary>How many jobs it runs.</summary>
    public int Running { get; init; }

    /// <summary>How many jobs wait with it.</summary>
    public int Waiting { get; init; }

    /// <summary>How many jobs it runs at most.</summary>
    public int Slots { get; init; }

    /// <summary>How often it was started.</summary>
    public long Incarnation { get; init; }

    /// <summary>True when it answers and takes jobs: it is neither suspected nor draining.</summary>
    [JsonIgnore]
    public bool IsAlive => State == "alive";

    /// <summary>As one line of JSON, with the names that the HTTP interface uses.</summary>
    public string ToJson() => System.Text.Json.JsonSerializer.Serialize(this, ClientJson.Readable.RingExecutor);
}

/// <summary>The token of the ring.</summary>
/// <param name="Generation">Who made it and when, such as <c>7@k7q2</c>.</param>
/// <param name="Lap">How often it went round.</param>
/// <param name="LapMs">How long the last lap took, from one visit at the executor that was asked to the next, in milliseconds; null before the second visit.</param>
/// <param name="TravelMs">How long the token was away of that, without what it stayed there, in milliseconds; null of an executor that does not tell.</param>
public sealed record RingToken(string? Generation, long Lap, double? LapMs, double? TravelMs = null);
