namespace Rondo.Core;

/// <summary>How an executor stands in the ring.</summary>
public enum ExecutorState
{
    /// <summary>It answers.</summary>
    Alive,

    /// <summary>It does not answer; the token skips it.</summary>
    Suspected,

    /// <summary>It takes no more jobs.</summary>
    Draining,
}

/// <summary>The ring as one executor knows it.</summary>
/// <param name="Executors">All members, in the order of the ring.</param>
/// <param name="Generation">The highest generation seen.</param>
/// <param name="Lap">The lap of the token when it was last here.</param>
/// <param name="LapTime">How long the last lap took, from one visit to the next; null before the second visit.</param>
/// <param name="TravelTime">How long it was away of that; null before it came back for the first time.</param>
/// <param name="Spread">Largest minus smallest running count of the executors that are alive; 0 for fewer than two.</param>
public sealed record RingView(
    IReadOnlyList<RingMemberView> Executors,
    Generation Generation,
    long Lap,
    TimeSpan? LapTime,
    TimeSpan? TravelTime,
    int Spread
)
{
    /// <summary>The executor that keeps a cron: the one that its name belongs to of those that do not drain, see <see cref="Rendezvous"/>.</summary>
    public Member KeeperOf(string cron)
    {
        var staying = Executors.Where(executor => !executor.Draining).ToArray();
        var owner = Rendezvous.OwnerOf(cron, [.. (staying.Length > 0 ? staying : Executors).Select(executor => executor.Member.Id)]);
        return Executors.First(executor => executor.Member.Id == owner).Member;
    }
}

/// <summary>One executor, as another knows it.</summary>
/// <param name="Draining">True when it takes no more jobs, also when it does not answer since.</param>
public sealed record RingMemberView(Member Member, ExecutorState State, int Running, int Waiting, int Slots, bool Draining);
