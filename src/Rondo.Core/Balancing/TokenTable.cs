namespace Rondo.Core;

/// <summary>Keeps the load table that travels with the token: this executor's row, and who belongs into it.</summary>
internal sealed class TokenTable(CoreSettings settings, JobTable jobs, Membership members)
{
    /// <summary>The table as of the token's last visit.</summary>
    public EquatableList<LoadRow> Last { get; set; } = EquatableList<LoadRow>.Empty;

    /// <summary>True when no job waited here at the token's last visit.</summary>
    public bool NoneWaitedHere => Last.RowOf(settings.Self.Id) is not { Waiting: > 0 };

    /// <summary>True when the token visits this executor, as far as its last visit here told.</summary>
    public bool IsInLast(ExecutorId executor) => Last.RowOf(executor) is not null;

    /// <summary>The rows of this executor and of those that are alive, this one's written anew.</summary>
    /// <returns>The place of this executor's row.</returns>
    public int Write(EquatableList<LoadRow> old, bool draining, List<LoadRow> rows)
    {
        rows.Clear();
        var self = settings.Self.Id;
        var place = -1;
        LoadRow? before = null;
        foreach (var row in old)
        {
            if (row.Executor == self)
            {
                before = row.Incarnation == settings.Self.Incarnation ? row : null;
            }
            else if (members.Find(row.Executor) is { Suspected: false })
            {
                if (place < 0 && row.Executor > self)
                {
                    place = rows.Count;
                }

                rows.Add(row);
            }
        }

        place = place < 0 ? rows.Count : place;
        rows.Insert(place, OwnRow(draining, before is null ? EquatableList<OnTheWay>.Empty : StillOnTheWay(before.OnTheWay), before));
        return place;
    }

    /// <param name="before">The row as it was, which is kept when nothing in it changed; null for none.</param>
    public LoadRow OwnRow(bool draining, EquatableList<OnTheWay> onTheWay, LoadRow? before = null)
    {
        var running = jobs.Running;
        var waiting = jobs.Ready.Count;
        var missed = members.Missed();
        var same =
            before is not null
            && before.Running == running
            && before.Waiting == waiting
            && before.Draining == draining
            && before.Slots == settings.Slots
            && before.Weight == settings.Weight
            && before.OnTheWay.Equals(onTheWay)
            && before.Missed.Equals(missed);
        return same
            ? before!
            : new LoadRow(
                settings.Self.Id,
                settings.Self.Incarnation,
                running,
                waiting,
                settings.Slots,
                settings.Weight,
                draining,
                onTheWay,
                missed
            );
    }

    /// <summary>Notes in the recipients' rows what was just handed to them, so that nobody sends again for the same gap.</summary>
    public void AddOnTheWay(List<LoadRow> rows, int[] given)
    {
        for (var i = 0; i < rows.Count; i++)
        {
            if (given[i] > 0 && members.Find(rows[i].Executor) is { } peer)
            {
                peer.LoadWithOffers = rows[i].Load + given[i];
                rows[i] = rows[i] with
                {
                    OnTheWay = new EquatableList<OnTheWay>([
                        .. rows[i].OnTheWay,
                        new OnTheWay(settings.Self.Id, settings.Self.Incarnation, peer.OffersMade, given[i]),
                    ]),
                };
            }
        }
    }

    /// <summary>While the token stays here, the others' rows grow old. That jobs of this home ended there is known all the same.</summary>
    public void TakeOffEnded(List<LoadRow> rows)
    {
        for (var i = 0; i < rows.Count && jobs.FewerAt.Count > 0; i++)
        {
            if (jobs.FewerAt.TryGetValue(rows[i].Executor, out var ended) && ended > 0)
            {
                rows[i] = Without(rows[i], ended);
            }
        }
    }

    /// <summary>The row of an executor after jobs ended there. One that waits takes a place that gets free.</summary>
    private LoadRow Without(LoadRow row, int ended)
    {
        var waiting = Math.Max(row.Waiting - ended, 0);
        ended -= row.Waiting - waiting;
        var running = Math.Max(row.Running - ended, 0);
        ended -= row.Running - running;
        var onTheWay = new List<OnTheWay>();
        foreach (var entry in row.OnTheWay)
        {
            // What was on the way has arrived by now, and ended.
            var arrived = entry.From == settings.Self.Id ? Math.Min(ended, entry.Jobs) : 0;
            ended -= arrived;
            if (entry.Jobs > arrived)
            {
                onTheWay.Add(entry with { Jobs = entry.Jobs - arrived });
            }
        }

        return row with
        {
            Waiting = waiting,
            Running = running,
            OnTheWay = new EquatableList<OnTheWay>([.. onTheWay]),
        };
    }

    private EquatableList<OnTheWay> StillOnTheWay(EquatableList<OnTheWay> noted)
    {
        if (noted.Count == 0)
        {
            return noted;
        }

        var still = new List<OnTheWay>();
        foreach (var entry in noted)
        {
            if (
                members.Find(entry.From) is { Suspected: false } from
                && from.Member.Incarnation == entry.Incarnation
                && from.OffersSeen < entry.Sequence
            )
            {
                still.Add(entry with { Jobs = (int)Math.Min(entry.Jobs, entry.Sequence - from.OffersSeen) });
            }
        }

        return new EquatableList<OnTheWay>([.. still]);
    }
}
