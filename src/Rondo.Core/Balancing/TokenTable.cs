namespace Rondo.Core;

/// <summary>Keeps the load table that travels with the token: this executor's row, and who belongs into it.</summary>
internal sealed class TokenTable(CoreSettings settings, JobTable jobs, Membership members)
{
    /// <summary>The table as of the token's last visit.</summary>
    public EquatableList<LoadRow> Last { get; set; } = EquatableList<LoadRow>.Empty;

    /// <summary>True when the token visits this executor, as far as its last visit here told.</summary>
    public bool IsInLast(ExecutorId executor)
    {
        foreach (var row in Last)
        {
            if (row.Executor == executor)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The rows of this executor and of those that are alive, this one's written anew.</summary>
    public List<LoadRow> Write(EquatableList<LoadRow> old, bool draining)
    {
        var rows = new List<LoadRow>(old.Count + 1);
        var own = OwnRow(draining, EquatableList<OnTheWay>.Empty);
        foreach (var row in old)
        {
            if (row.Executor == own.Executor)
            {
                own = own with { OnTheWay = row.Incarnation == own.Incarnation ? StillOnTheWay(row.OnTheWay) : own.OnTheWay };
            }
            else if (members.Find(row.Executor) is { Suspected: false })
            {
                rows.Add(row);
            }
        }

        var place = rows.FindIndex(row => row.Executor > own.Executor);
        rows.Insert(place < 0 ? rows.Count : place, own);
        return rows;
    }

    public LoadRow OwnRow(bool draining, EquatableList<OnTheWay> onTheWay) =>
        new(
            settings.Self.Id,
            settings.Self.Incarnation,
            jobs.Running,
            jobs.Ready.Count,
            settings.Slots,
            settings.Weight,
            draining,
            onTheWay,
            members.Missed()
        );

    /// <summary>Notes in the recipients' rows what was just handed to them, so that nobody sends again for the same gap.</summary>
    public void AddOnTheWay(List<LoadRow> rows, int[] given)
    {
        for (var i = 0; i < rows.Count; i++)
        {
            if (given[i] > 0 && members.Find(rows[i].Executor) is { } peer)
            {
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
