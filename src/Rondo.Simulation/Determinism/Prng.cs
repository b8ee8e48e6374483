namespace Rondo.Simulation;

/// <summary>
/// xoshiro256** seeded by splitmix64, written out here so that a seed means the same run under every version of the runtime.
/// (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2021.)
/// </summary>
internal sealed class Prng
{
    private ulong _s0;
    private ulong _s1;
    private ulong _s2;
    private ulong _s3;

    public Prng(ulong seed)
    {
        _s0 = SplitMix(ref seed);
        _s1 = SplitMix(ref seed);
        _s2 = SplitMix(ref seed);
        _s3 = SplitMix(ref seed);
    }

    public ulong Next()
    {
        var result = ulong.RotateLeft(_s1 * 5, 7) * 9;
        var t = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= t;
        _s3 = ulong.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>Another stream: what is drawn from it does not shift what is drawn from this one.</summary>
    public Prng Fork() => new(Next());

    /// <summary>0 up to, and without, the bound.</summary>
    public int Below(int bound) => (int)Math.BigMul(Next(), (ulong)bound, out _);

    /// <summary>From the lowest up to, and with, the highest.</summary>
    public long Between(long lowest, long highest) => lowest + (long)Math.BigMul(Next(), (ulong)(highest - lowest) + 1, out _);

    public bool Chance(double probability) => (Next() >> 11) * (1.0 / (1UL << 53)) < probability;

    /// <summary>Small numbers often, large ones now and then: each doubling of the range is as likely as the one before.</summary>
    public long Skewed(long lowest, long highest)
    {
        var doublings = 64 - (int)ulong.LeadingZeroCount((ulong)Math.Max(1, highest / Math.Max(1, lowest)));
        var top = Math.Min(highest, lowest << Below(doublings + 1));
        return Between(lowest, Math.Max(lowest, top));
    }

    public T Pick<T>(IReadOnlyList<T> items) => items[Below(items.Count)];

    private static ulong SplitMix(ref ulong state)
    {
        var z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
