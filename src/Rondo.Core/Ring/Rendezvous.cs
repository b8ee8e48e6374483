namespace Rondo.Core;

/// <summary>
/// Which executor a key belongs to: highest random weight, also called rendezvous hashing (Thaler and Ravishankar, 1998). Executors that
/// know the same members choose the same one without a word, and a member that comes or goes moves only the keys that are its own.
/// </summary>
internal static class Rendezvous
{
    /// <summary>The owner of a key among the members that are known, those that are down included: both sides of a cut choose the same.</summary>
    public static ExecutorId OwnerOf(string key, ReadOnlySpan<ExecutorId> members)
    {
        var hash = Hash(key);
        var owner = members[0];
        var highest = Weight(hash, owner);
        foreach (var member in members[1..])
        {
            var weight = Weight(hash, member);
            if (weight > highest || (weight == highest && member > owner))
            {
                (owner, highest) = (member, weight);
            }
        }

        return owner;
    }

    /// <summary>FNV-1a over the characters. Every version must agree on it for ever: it is part of the protocol.</summary>
    private static ulong Hash(string key)
    {
        var hash = 0xCBF29CE484222325UL;
        foreach (var character in key)
        {
            hash = (hash ^ character) * 0x100000001B3UL;
        }

        return hash;
    }

    /// <summary>The finalizer of MurmurHash3 over both: FNV alone is too regular in its high bits.</summary>
    private static ulong Weight(ulong hash, ExecutorId executor)
    {
        var mixed = hash ^ (executor.Packed * 0x9E3779B97F4A7C15UL);
        mixed = (mixed ^ (mixed >> 33)) * 0xFF51AFD7ED558CCDUL;
        mixed = (mixed ^ (mixed >> 33)) * 0xC4CEB9FE1A85EC53UL;
        return mixed ^ (mixed >> 33);
    }
}
