namespace Rondo.Simulation;

/// <summary>How the network behaves for all links alike.</summary>
internal sealed record NetworkWeather
{
    public required long LatencyMin { get; init; }

    public required long LatencyMax { get; init; }

    public double Loss { get; init; }

    public double Duplication { get; init; }

    /// <summary>How often a message may overtake those sent before it.</summary>
    public double Reordering { get; init; }

    /// <summary>How often a message takes up to a hundred times as long.</summary>
    public double Spikes { get; init; }

    /// <summary>How often a peer's crash is told to those who had a connection to it.</summary>
    public double BreakNotice { get; init; } = 1;

    /// <summary>No loss, no repetition, no overtaking.</summary>
    public NetworkWeather Calm() => this with { Loss = 0, Duplication = 0, Reordering = 0, Spikes = 0, BreakNotice = 1 };
}
