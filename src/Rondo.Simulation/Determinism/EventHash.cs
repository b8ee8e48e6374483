namespace Rondo.Simulation;

/// <summary>A running hash over all that happens: two runs with the same hash did the same.</summary>
internal sealed class EventHash
{
    public ulong Value { get; private set; } = 0xCBF29CE484222325;

    public void Add(ulong word)
    {
        var hash = (Value ^ word) * 0x9E3779B97F4A7C15;
        Value = hash ^ (hash >> 32);
    }

    public void Add(long word) => Add((ulong)word);
}
