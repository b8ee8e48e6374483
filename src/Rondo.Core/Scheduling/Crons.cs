namespace Rondo.Core;

/// <summary>
/// The crons that are kept here. Each belongs to one executor of the ring (see <see cref="Membership.KeeperOf"/>), which alone fires it.
/// Beside them there are copies of those of another executor, in case that one never returns.
/// </summary>
internal sealed class Crons(Membership members, Room room, IEnumerable<Cron> recovered)
{
    /// <summary>The most crons of one home.</summary>
    public const int Max = 10_000;

    private readonly SortedDictionary<string, Cron> _crons = new(
        recovered.ToDictionary(cron => cron.Name, StringComparer.Ordinal),
        StringComparer.Ordinal
    );

    /// <summary>True once this executor drains: its crons belong to others from then on.</summary>
    public bool Leaving { get; private set; }

    /// <summary>How many there are without the copies.</summary>
    public int Count => Own.Count();

    /// <summary>True while there is a cron that belongs to another executor, which answers.</summary>
    public bool SomeCanMove => Own.Any(cron => members.Find(Keeper(cron.Name).Id) is { Suspected: false, Draining: false });

    private IEnumerable<Cron> Own => _crons.Values.Where(static cron => cron.CopyOf is null);

    /// <summary>This executor leaves the ring. Its copies would grow old while it is away: others make theirs.</summary>
    public void Leave(Turn turn)
    {
        Leaving = true;
        ForgetCopies(of: null, turn);
    }

    /// <summary>Forgets the copies of an executor's crons, or all.</summary>
    public void ForgetCopies(ExecutorId? of, Turn turn)
    {
        foreach (var copy in _crons.Values.Where(cron => cron.CopyOf is { } home && home == (of ?? home)).ToArray())
        {
            Forget(copy.Name, turn);
        }
    }

    public void Set(Input.SetCron set, Turn turn)
    {
        if (Leaving)
        {
            turn.Reply(set.Request, new Answer.Refused(Refusal.Draining, "this executor is draining and keeps no further crons"));
            return;
        }

        var isCopy = set.Cron.CopyOf is not null;
        var known = _crons.GetValueOrDefault(set.Cron.Name);
        if (!isCopy && known is not { CopyOf: null } && Count >= Max)
        {
            turn.Reply(set.Request, new Answer.Refused(Refusal.Full, $"this executor keeps {Max} crons and takes no more"));
            return;
        }

        if (!isCopy && room.Take(set.Cron.Definition.Length) is { } noRoom)
        {
            turn.Reply(set.Request, noRoom);
            return;
        }

        // A copy that was asked for while its home left in order comes too late.
        var isWanted = set.Cron.CopyOf is not { } home || (known is not { CopyOf: null } && members.Find(home) is not null);
        if (isWanted)
        {
            Keep(set.Cron, turn);
        }

        turn.Reply(set.Request, new Answer.Done());
    }

    public void Remove(Input.RemoveCron remove, Turn turn)
    {
        var removed = _crons.TryGetValue(remove.Name, out var cron) && cron.CopyOf == remove.CopyOf;
        if (removed)
        {
            Forget(remove.Name, turn);
        }

        turn.Reply(remove.Request, new Answer.Count(removed ? 1 : 0));
    }

    /// <summary>Scheduled times were dealt with, unless the cron is another one by now.</summary>
    public void Advance(Input.AdvanceCron advance, Turn turn)
    {
        if (
            _crons.TryGetValue(advance.Cron.Name, out var cron)
            && cron.CopyOf is null
            && cron.SetAt == advance.Cron.SetAt
            && advance.Cron.Through > cron.Through
        )
        {
            Keep(advance.Cron, turn);
        }

        turn.Reply(advance.Request, new Answer.Done());
    }

    public void Query(Input.QueryCrons query, Turn turn) =>
        turn.Reply(query.Request, new Answer.Crons([.. _crons.Values.Select(cron => new CronView(cron, Keeper(cron.Name)))]));

    private Member Keeper(string cron) => members.KeeperOf(cron, Leaving);

    private void Forget(string cron, Turn turn)
    {
        _crons.Remove(cron);
        turn.Record(new Record.CronGone(cron));
    }

    private void Keep(Cron cron, Turn turn)
    {
        _crons[cron.Name] = cron;
        turn.Record(new Record.CronKept(cron));
    }
}
