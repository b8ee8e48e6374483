using System.Runtime.InteropServices;

namespace Rondo.Core;

/// <summary>
/// What an executor does with the token in hand: writes its row, works out the fair shares, and hands what it has too much of directly
/// to those that have too little. Also says how many jobs may run here between two visits.
/// </summary>
internal sealed class Balancer(CoreSettings settings, JobTable jobs, Membership members, TokenTable table, Handoffs handoffs)
{
    /// <summary>An executor with this many jobs waiting for each slot does not run dry within a few laps: small differences may stay.</summary>
    public const int ComfortableWaitingPerSlot = 4;

    /// <summary>The smallest gap that is closed at an executor that has plenty waiting.</summary>
    public const int WorthwhileGap = 16;

    /// <summary>The most jobs that one visit hands over: the token must not wait for more.</summary>
    public const int MaxHandoffs = 4096;

    /// <summary>How long jobs are held back for the sake of balance when the token does not come.</summary>
    public static readonly TimeSpan QuotaPatience = TimeSpan.FromMilliseconds(100);

    /// <summary>How long jobs that cannot run here wait for the token before they are handed over without it.</summary>
    public static readonly TimeSpan StrandedPatience = TimeSpan.FromSeconds(3);

    /// <summary>The rows that are worked on; kept, so that a visit allocates little.</summary>
    private readonly List<LoadRow> _rows = [];
    private int[] _shares = [];
    private int _kept;
    private int _ownShare;
    private bool _roomElsewhere;
    private (EquatableList<LoadRow> Table, int Running, int Ready, long Members) _ownShareBasis = (
        EquatableList<LoadRow>.Empty,
        -1,
        -1,
        -1
    );
    private TimeSpan? _heldBackUntil;
    private bool _tokenIsLate;
    private TimeSpan? _strandedUntil;
    private TimeSpan? _visitedAt;
    private int _strandedNext;
    private long _lap;
    private bool _atLeisure;

    /// <summary>When jobs that are held back may start all the same, or are handed over all the same.</summary>
    public TimeSpan NextDeadline
    {
        get
        {
            var start = _heldBackUntil ?? TimeSpan.MaxValue;
            var handOver = _strandedUntil ?? TimeSpan.MaxValue;
            return start < handOver ? start : handOver;
        }
    }

    /// <summary>True when the last visit left something to be moved by others.</summary>
    public bool MovesAreDue { get; private set; }

    /// <summary>How many jobs of this home the last visit handed over; not counted of an executor that leaves.</summary>
    public int HandedOver { get; private set; }

    /// <summary>
    /// How many jobs may run here now. What the last visit left here may run, and so may what was handed over since by somebody who had the
    /// token, and this executor's share of what came since; if the token is late, whatever has a slot.
    /// </summary>
    public int Quota(Turn turn)
    {
        if (handoffs.Draining)
        {
            HoldNothingBack();
            return 0;
        }

        if (Mutants.Is(Mutant.NoQuota))
        {
            return settings.Slots;
        }

        if (members.AliveCount == 0 || jobs.Ready.Count == 0)
        {
            HoldNothingBack();
            return settings.Slots;
        }

        var share = Math.Max(Math.Max(_kept, handoffs.Granted), OwnShare());
        if (share >= settings.Slots || jobs.Running + jobs.Ready.Count <= share)
        {
            HoldNothingBack();
            return settings.Slots;
        }

        if (_tokenIsLate)
        {
            return settings.Slots;
        }

        _heldBackUntil ??= turn.Now.Elapsed + QuotaPatience;
        if (turn.Now.Elapsed < _heldBackUntil)
        {
            return share;
        }

        HoldNothingBack();
        _tokenIsLate = true;
        return settings.Slots;
    }

    private void HoldNothingBack()
    {
        _heldBackUntil = null;
        _tokenIsLate = false;
    }

    /// <summary>
    /// The token may miss an executor that others reach only in one direction, this one or the only one that can run a job. Jobs that
    /// cannot run here must not wait for it: they are dealt out to whoever can run them.
    /// </summary>
    public void HandOverStranded(Turn turn)
    {
        if (members.AliveCount == 0 || !SomeMustMove)
        {
            _strandedUntil = null;
            return;
        }

        _strandedUntil ??= turn.Now.Elapsed + StrandedPatience;
        if (turn.Now.Elapsed < _strandedUntil)
        {
            return;
        }

        _strandedUntil = turn.Now.Elapsed + StrandedPatience;
        var tokenComes = turn.Now.Elapsed - _visitedAt < StrandedPatience;
        foreach (var job in MustMove.Take(MaxHandoffs).ToArray())
        {
            for (var tried = 0; tried < members.Peers.Count; tried++)
            {
                var peer = members.Peers[_strandedNext++ % members.Peers.Count];
                if (!peer.Suspected && peer.Member.Capabilities.CanRun(job.Terms) && !(tokenComes && table.IsInLast(peer.Id)))
                {
                    handoffs.Offer(job, peer, _lap, turn);
                    break;
                }
            }
        }
    }

    /// <summary>Jobs that this executor will not run: those that it cannot, and all others too once it drains.</summary>
    private IEnumerable<Job> MustMove => handoffs.Draining ? jobs.Unable.FromHead.Concat(jobs.Ready.FromHead) : jobs.Unable.FromHead;

    private bool SomeMustMove => jobs.Unable.Count > 0 || (handoffs.Draining && jobs.Ready.Count > 0);

    /// <summary>True while a job waits that another executor can take, which does not drain and answers, or may soon answer again.</summary>
    /// <param name="patience">Who has been out of reach for less than this may still take some.</param>
    public bool SomeMayMove(TimeSpan patience, Turn turn) => SomeCanMoveTo(peer => peer.MayAnswer(patience, turn.Now.Elapsed));

    private bool SomeCanMoveTo(Func<Peer, bool> isThere) =>
        jobs
            .Ready.FromHead.Concat(jobs.Unable.FromHead)
            .Any(job => members.Peers.Any(peer => !peer.Draining && peer.Member.Capabilities.CanRun(job.Terms) && isThere(peer)));

    /// <summary>The token is here.</summary>
    /// <param name="again">True when it has not been away since the last visit.</param>
    /// <param name="startJobs">Starts what may run; called between the new shares and the handoffs, so that only what must wait is handed over.</param>
    public Token Visit(Token token, bool again, Turn turn, Action<int, Turn> startJobs)
    {
        HoldNothingBack();
        _visitedAt = turn.Now.Elapsed;
        _lap = token.Lap;
        _atLeisure = Pace.IsLeisurely(token.QuietHops, token.Table.Count);
        var rows = _rows;
        var mine = table.Write(token.Table, handoffs.Draining, rows);
        if (again)
        {
            table.TakeOffEnded(rows);
        }

        var shares = SharesOf(rows, mine);
        _kept = shares[mine];

        // What is on its way here has its part in the share: as much less of what is here may run.
        startJobs(Math.Min(settings.Slots, _kept - rows[mine].LoadOnTheWay), turn);
        var surplus = Math.Min(rows[mine].Load - shares[mine], MaxHandoffs);
        surplus = Mutants.Is(Mutant.SurplusStays) ? 0 : surplus;
        HandedOver = 0;
        if (surplus > 0 || SomeMustMove)
        {
            var gaps = new int[rows.Count];
            for (var i = 0; i < rows.Count; i++)
            {
                gaps[i] = i == mine ? 0 : shares[i] - rows[i].Load;
            }

            var given = new int[rows.Count];
            HandOverWhatMustMove(rows, gaps, given, token.Lap, turn);
            HandOverSurplus(rows, gaps, given, surplus, token.Lap, turn);
            if (!Mutants.Is(Mutant.NothingOnTheWay))
            {
                table.AddOnTheWay(rows, given);
            }
        }

        _kept = Math.Max(jobs.Running + jobs.Ready.Count, shares[mine]);
        handoffs.Granted = 0;
        handoffs.MoreIsHere = false;
        rows[mine] = table.OwnRow(handoffs.Draining, rows[mine].OnTheWay, rows[mine]);
        if (!token.Table.AsSpan().SequenceEqual(CollectionsMarshal.AsSpan(rows)))
        {
            token = token with { Table = new EquatableList<LoadRow>(CollectionsMarshal.AsSpan(rows)) };
        }

        table.Last = token.Table;
        jobs.CountFewerFromHere();
        MovesAreDue = IsUneven(rows, shares);
        return token;
    }

    private Span<int> SharesOf(List<LoadRow> rows, int mine)
    {
        if (_shares.Length < rows.Count)
        {
            _shares = new int[rows.Count];
        }

        var shares = _shares.AsSpan(0, rows.Count);
        FairShare.Of(CollectionsMarshal.AsSpan(rows), mine, shares);
        return shares;
    }

    /// <summary>True when somebody has more than its share waiting while somebody else has less than its own, so that the next visits matter.</summary>
    private static bool IsUneven(List<LoadRow> rows, ReadOnlySpan<int> shares)
    {
        var (someHaveTooMuch, someHaveTooLittle) = (false, false);
        for (var i = 0; i < rows.Count; i++)
        {
            someHaveTooMuch |= rows[i].SomeWait && rows[i].Load > shares[i];
            someHaveTooLittle |= !rows[i].Draining && IsWorthGiving(rows[i], shares[i] - rows[i].Load, atLeisure: false);
        }

        return someHaveTooMuch && someHaveTooLittle;
    }

    /// <summary>
    /// A job goes to a free slot at once. To wait elsewhere it goes only where it closes a gap of two: a few jobs that wait are best kept
    /// together, for whichever slot gets free first. Who has plenty already gets more only <paramref name="atLeisure"/>, and when that doubles
    /// it at least.
    /// </summary>
    private static bool IsWorthGiving(LoadRow row, int gap, bool atLeisure) =>
        row.HasPlenty ? atLeisure && gap >= Math.Max(WorthwhileGap, row.Load - row.Running)
        : row.Running < row.Slots ? gap > 0
        : gap > 1;

    /// <summary>True when a visit would hand jobs over to another executor, as far as the last one told.</summary>
    public bool SomebodyHasRoom() => jobs.Running + jobs.Ready.Count > OwnShare() && _roomElsewhere;

    /// <summary>
    /// Jobs that will not run here go to the least loaded executor that can run them, whatever its share: to wait in a long queue there
    /// is better than to wait for nothing here.
    /// </summary>
    private void HandOverWhatMustMove(List<LoadRow> rows, int[] gaps, int[] given, long lap, Turn turn)
    {
        if (!SomeMustMove)
        {
            return;
        }

        var refused = new Refused();
        foreach (var job in MustMove.Take(MaxHandoffs).ToArray())
        {
            if (refused.Contains(job))
            {
                continue;
            }

            var best = -1;
            for (var i = 0; i < rows.Count; i++)
            {
                if (CanTake(rows[i], job) && (best < 0 || rows[i].Load + given[i] < rows[best].Load + given[best]))
                {
                    best = i;
                }
            }

            if (best < 0)
            {
                refused.Add(job);
                continue;
            }

            Offer(job, rows[best], lap, turn);
            given[best]++;
            gaps[best]--;
        }
    }

    private void HandOverSurplus(List<LoadRow> rows, int[] gaps, int[] given, int surplus, long lap, Turn turn)
    {
        if (surplus <= 0 || handoffs.Draining)
        {
            return;
        }

        // Those with a free slot come first, and get the jobs that should start first, dealt in turn so that each gets its part of the oldest.
        var free = new List<int>();
        var busy = new List<int>();
        for (var i = 0; i < rows.Count; i++)
        {
            if (gaps[i] <= 0 || rows[i].Draining || rows[i].Executor == settings.Self.Id)
            {
                continue;
            }

            if (rows[i].Running < rows[i].Slots)
            {
                free.Add(i);
            }
            else if (IsWorthGiving(rows[i], gaps[i], _atLeisure))
            {
                busy.Add(i);
            }
        }

        surplus = Deal(rows, gaps, given, free, surplus, jobs.Ready.FromHead, lap, turn);
        Deal(rows, gaps, given, busy, surplus, jobs.Ready.FromTail, lap, turn);
    }

    private int Deal(
        List<LoadRow> rows,
        int[] gaps,
        int[] given,
        List<int> recipients,
        int surplus,
        IEnumerable<Job> queue,
        long lap,
        Turn turn
    )
    {
        if (surplus <= 0 || recipients.Count == 0)
        {
            return surplus;
        }

        var dealt = new List<(Job Job, int To)>();
        var refused = new Refused();
        var next = 0;
        foreach (var job in queue)
        {
            if (dealt.Count == surplus || recipients.Count == 0)
            {
                break;
            }

            if (refused.Contains(job))
            {
                continue;
            }

            var before = dealt.Count;
            for (var tried = 0; tried < recipients.Count; tried++)
            {
                var at = (next + tried) % recipients.Count;
                var to = recipients[at];
                if (!CanTake(rows[to], job))
                {
                    continue;
                }

                dealt.Add((job, to));
                next = at + 1;
                if (--gaps[to] == 0)
                {
                    recipients.RemoveAt(at);
                    next = at;
                }

                break;
            }

            if (dealt.Count == before)
            {
                refused.Add(job);
            }
        }

        var counts = new int[rows.Count];
        foreach (var (job, to) in dealt)
        {
            Offer(job, rows[to], lap, turn);
            given[to]++;
            counts[to]++;
        }

        foreach (var (_, to) in dealt)
        {
            if (counts[to] > 0)
            {
                turn.Note(new CoreEvent.HandedOver(rows[to].Executor, counts[to], lap));
                counts[to] = 0;
            }
        }

        return surplus - dealt.Count;
    }

    private void Offer(Job job, LoadRow to, long lap, Turn turn)
    {
        handoffs.Offer(job, members.Find(to.Executor)!, lap, turn);
        HandedOver += job.AtHome && !handoffs.Draining ? 1 : 0;
    }

    private bool CanTake(LoadRow row, Job job) =>
        !row.Draining
        && row.Executor != settings.Self.Id
        && (!row.Missed.Contains(job.Id.Home) || members.Find(job.Id.Home) is { Suspected: true })
        && members.Find(row.Executor) is { Suspected: false } peer
        && peer.Member.Capabilities.CanRun(job.Terms);

    /// <summary>This executor's part of everything, by the last table and what it has now. Worked out anew when one of them changed.</summary>
    private int OwnShare()
    {
        var basis = (table.Last, jobs.Running, jobs.Ready.Count, members.Version);
        if (basis != _ownShareBasis)
        {
            _ownShareBasis = basis;
            _ownShare = WorkOutOwnShare();
        }

        return _ownShare;
    }

    private int WorkOutOwnShare()
    {
        var rows = _rows;
        rows.Clear();
        var mine = -1;
        foreach (var row in table.Last)
        {
            if (row.Executor == settings.Self.Id)
            {
                mine = rows.Count;
                rows.Add(table.OwnRow(draining: false, EquatableList<OnTheWay>.Empty));
            }
            else if (members.Find(row.Executor) is { Suspected: false })
            {
                rows.Add(row);
            }
        }

        _roomElsewhere = false;
        if (mine < 0)
        {
            return jobs.Running + jobs.Ready.Count;
        }

        var shares = SharesOf(rows, mine);
        for (var i = 0; i < rows.Count; i++)
        {
            _roomElsewhere |= i != mine && !rows[i].Draining && IsWorthGiving(rows[i], shares[i] - rows[i].Load, atLeisure: false);
        }

        return shares[mine];
    }
}
