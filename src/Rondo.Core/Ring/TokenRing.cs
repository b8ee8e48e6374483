namespace Rondo.Core;

/// <summary>
/// The token's way round the ring, as this executor takes part in it: accepts it, passes it on, sees that it arrives, skips who does
/// not answer, and makes a new one when it is lost.
/// </summary>
/// <remarks>
/// Safety rests on three rules. The token is released before it is sent, so that nobody has it twice. It is pinned to one incarnation
/// of its receiver on every resend, so that a restart cannot accept what its predecessor did. And whoever gives up on a pass makes a
/// new generation, of an epoch that is durable before it is seen, so that the old token, wherever it is, dies at the next executor
/// that has seen the new one.
/// </remarks>
internal sealed class TokenRing(CoreSettings settings, Membership members, long mintedEpoch, Instant start)
{
    /// <summary>How long an acknowledgement may take, for the first, second and third try of a pass.</summary>
    public static readonly TimeSpan[] AckLimits =
    [
        TimeSpan.FromMilliseconds(40),
        TimeSpan.FromMilliseconds(80),
        TimeSpan.FromMilliseconds(160),
    ];

    /// <summary>The part of the limit for a lost token that does not depend on the ring.</summary>
    public static readonly TimeSpan LossBase = TimeSpan.FromMilliseconds(300);

    /// <summary>When a connection breaks, the token is asked for after this long: its holder may have died with it.</summary>
    public static readonly TimeSpan QuickLoss = TimeSpan.FromMilliseconds(15);

    /// <summary>Between executors that would ask for the token at the same time.</summary>
    public static readonly TimeSpan Stagger = TimeSpan.FromMilliseconds(10);

    /// <summary>How long the answers to the question for the token may take.</summary>
    public static readonly TimeSpan InquiryLimit = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// After so many questions in a row, to which others answer that they have the token, this executor is not on its way: it must ask
    /// for itself who is still there.
    /// </summary>
    public const int DoubtAfter = 3;

    /// <summary>The limit for a lost token doubles at most this often while it keeps getting lost.</summary>
    public const int MaxLossDoublings = 5;

    private readonly ExecutorId _self = settings.Self.Id;
    private readonly Incarnation _incarnation = settings.Self.Incarnation;
    private long _minted = mintedEpoch;
    private (Generation Generation, long Hop) _last = (default, -1);
    private Token? _held =
        Mutants.Is(Mutant.TokenRestoredFromDisk) && mintedEpoch > 0
            ? new Token(new Generation(mintedEpoch, settings.Self.Id), 0, 0, 0, EquatableList<LoadRow>.Empty)
            : null;
    private TimeSpan _passAt;
    private PassUnderWay? _pass;
    private TimeSpan? _seenAt;
    private TimeSpan _lossAt = settings.Join.Count == 0 && members.Peers.Count == 0 ? start.Elapsed : start.Elapsed + LossBase;
    private int _lossDoublings;
    private Inquiry? _inquiry;
    private readonly Rest _rest = new(settings.Self.Id);
    private bool _awake;
    private int _lastQuietHops;
    private bool _lastJobsWait;
    private bool _waitWasTold;
    private long _inquiryNonce;
    private int _inquiriesInARow;

    // True while the token may have been lost with a peer whose connection broke.
    private bool _quick;
    private TimeSpan? _acceptedAt;
    private TimeSpan? _releasedAt;

    /// <summary>Brings this executor's row up to date and hands over what is too much; called each time that the token is here.</summary>
    public required Visiting Visit { get; init; }

    /// <summary>How many jobs of this home the last visit handed over.</summary>
    public required Func<int> HandedOver { get; init; }

    /// <summary>True when the last visit left something to be moved by others: then the token is in a hurry.</summary>
    public required Func<bool> MovesAreDue { get; init; }

    /// <summary>The highest generation seen.</summary>
    public Generation Seen { get; private set; }

    /// <summary>The rows as of the token's last visit.</summary>
    public EquatableList<LoadRow> LastTable { get; private set; } = EquatableList<LoadRow>.Empty;

    public long Lap { get; private set; }

    /// <summary>Where the token rests between its rounds, as far as its last visit told; none when it rests nowhere.</summary>
    public ExecutorId RestsWith { get; private set; }

    /// <summary>True while this executor has the token.</summary>
    public bool IsHere => _held is not null;

    /// <summary>From one visit of the token to the next, what it stayed here included.</summary>
    public TimeSpan? LapTime { get; private set; }

    /// <summary>The last way of the token round the ring, from when it left until it came again.</summary>
    public TimeSpan? TravelTime { get; private set; }

    /// <summary>True when the token was going slowly at its last visit: whoever has new work should wake the ring.</summary>
    public bool IsSlow => _held is not null || !RestsWith.IsNone || Pace.Pause(_lastQuietHops, Executors, _lastJobsWait) > TimeSpan.Zero;

    private int Executors => members.AliveCount + 1;

    /// <summary>True while jobs wait here and the others did not hear so with the last pass: who gets a free slot would not call for one.</summary>
    private bool WaitIsNews => !_waitWasTold && JobsWaitHere(LastTable);

    public TimeSpan NextDeadline
    {
        get
        {
            if (_held is not null)
            {
                return members.AliveCount > 0 ? _passAt : TimeSpan.MaxValue;
            }

            return _pass?.ResendAt ?? _inquiry?.Deadline ?? _lossAt;
        }
    }

    public void Receive(Peer from, Message.Pass pass, Turn turn)
    {
        var token = pass.Token;
        if (pass.To != _incarnation && !Mutants.Is(Mutant.NoIncarnationFence))
        {
            turn.Send(from.Member, new Message.Nack(token.Generation, token.Hop, _incarnation));
            return;
        }

        if (token.Generation < Seen && !Mutants.Is(Mutant.LowerGenerationLives))
        {
            turn.Send(from.Member, new Message.Stale(token.Generation, token.Hop, Seen));
            return;
        }

        turn.Send(from.Member, new Message.Ack(token.Generation, token.Hop));
        if (token.Generation == _last.Generation && token.Hop <= _last.Hop && !Mutants.Is(Mutant.NoDuplicateCheck))
        {
            return;
        }

        // Whatever pass was under way either led to this token, or was of a generation that this one replaces.
        _pass = null;
        _lossDoublings = 0;
        LapTime = turn.Now.Elapsed - _acceptedAt ?? LapTime;
        _acceptedAt = turn.Now.Elapsed;
        TravelTime = turn.Now.Elapsed - _releasedAt ?? TravelTime;
        Hold(token, turn);
    }

    public void Receive(ExecutorId from, Message.Ack ack)
    {
        if (_pass is { } pass && pass.Is(from, ack.Generation, ack.Hop))
        {
            _pass = null;
        }
    }

    public void Receive(Peer from, Message.Nack nack, Turn turn)
    {
        members.NoteIncarnation(from, nack.Incarnation, turn);
        if (_pass is { } pass && pass.Is(from.Id, nack.Generation, nack.Hop))
        {
            if (Mutants.Is(Mutant.ResendToNewerIncarnation))
            {
                Resend(pass, turn);
                return;
            }

            Mint(pass.Token, "its receiver had been started again", turn);
        }
    }

    public void Receive(ExecutorId from, Message.Stale stale)
    {
        Seen = stale.Seen > Seen ? stale.Seen : Seen;
        if (_pass is { } pass && pass.Is(from, stale.Generation, stale.Hop))
        {
            _pass = null;
        }

        if (_held is { } held && held.Generation < Seen)
        {
            _held = null;
        }
    }

    public void Receive(Peer from, Message.Inquire inquire, Turn turn)
    {
        TimeSpan? ago = _held is not null || _pass is not null ? TimeSpan.Zero : turn.Now.Elapsed - _seenAt;
        turn.Send(from.Member, new Message.Alive(inquire.Nonce, ago));
    }

    public void Receive(ExecutorId from, Message.Alive alive, Turn turn)
    {
        if (_inquiry is not { } inquiry || inquiry.Nonce != alive.Nonce || !inquiry.Awaited.Remove(from))
        {
            return;
        }

        if (alive.SeenAgo is { } ago && ago < inquiry.Lately)
        {
            _inquiry = null;
            _quick &= ago > TimeSpan.Zero;
            _lossAt = turn.Now.Elapsed + (_quick ? QuickLoss : LossLimit());
        }
        else if (inquiry.Awaited.Count == 0)
        {
            Lost(turn);
        }
    }

    /// <summary>There is something to balance, here or elsewhere.</summary>
    public void Wake(Turn turn)
    {
        if (_held is { } held)
        {
            _held = held with { QuietHops = 0 };
            _passAt = turn.Now.Elapsed;
        }
        else
        {
            _awake = true;
        }
    }

    /// <summary>Something came up here while the token is here: it is used for that at once, and goes on when others have to act, or after a while.</summary>
    public void LookAgain(Turn turn)
    {
        var held = _held!;
        var token = VisitAgain(held, turn);
        Remember(token);
        _held = token;
        if (MovesAreDue() || WaitIsNews || _rest.IsWorthARound(Executors))
        {
            _passAt = turn.Now.Elapsed;
        }
    }

    /// <summary>A peer does not answer: the token goes round without it.</summary>
    public void Suspect(Peer peer, string why, Turn turn)
    {
        if (peer.Suspected)
        {
            return;
        }

        members.Suspect(peer, why, turn);
        PeerLost(peer, turn);
    }

    /// <summary>A peer is gone, or is another start than before: what was on its way to it will not arrive.</summary>
    public void PeerLost(Peer peer, Turn turn)
    {
        _inquiry?.Awaited.Remove(peer.Id);
        if (_pass is { } pass && pass.To.Id == peer.Id)
        {
            if (Mutants.Is(Mutant.SkipWithoutNewGeneration))
            {
                _pass = null;
                Hold(pass.Token, turn);
                return;
            }

            Mint(pass.Token, $"{peer.Id} does not answer", turn);
        }
        else if (_held is null && _pass is null && _inquiry is null)
        {
            // The peer may have had the token. Somebody who has it will say so.
            var soon = turn.Now.Elapsed + QuickLoss + (Stagger * members.Rank());
            _quick = true;
            _lossAt = soon < _lossAt ? soon : _lossAt;
        }
    }

    /// <summary>A peer is there, but its acknowledgements take longer for now: it gets all tries of a pass again.</summary>
    public void Postpone(Peer peer)
    {
        if (_pass is { } pass && pass.To == peer)
        {
            _pass = pass with { Tries = 1 };
        }
    }

    /// <summary>This executor did not run for a while: its own limits do not count for that time.</summary>
    public void ForgivePause(Turn turn)
    {
        if (_pass is { } pass)
        {
            _pass = pass with { Tries = 1, ResendAt = turn.Now.Elapsed + AckLimits[0] };
        }

        _inquiry = null;
        _lossAt = turn.Now.Elapsed + LossLimit();
    }

    /// <summary>Does what is due.</summary>
    public void Tick(Turn turn)
    {
        var now = turn.Now.Elapsed;
        if (_held is not null)
        {
            if (_passAt <= now && members.AliveCount > 0)
            {
                PassOn(turn);
            }

            return;
        }

        if (_pass is { } pass)
        {
            if (pass.ResendAt <= now)
            {
                Resend(pass, turn);
            }
        }
        else if (_inquiry is { } inquiry)
        {
            if (inquiry.Deadline <= now || inquiry.Awaited.Count == 0)
            {
                Lost(turn);
            }
        }
        else if (_lossAt <= now && !(Mutants.Is(Mutant.LostTokenNotRemade) && _seenAt is not null))
        {
            Inquire(turn);
        }
    }

    private void Hold(Token token, Turn turn)
    {
        _inquiry = null;
        _inquiriesInARow = 0;
        _quick = false;
        _seenAt = turn.Now.Elapsed;
        Seen = token.Generation;
        _last = (token.Generation, token.Hop);
        Lap = token.Lap;
        var before = token.Table;
        _rest.Begin(token, Executors);
        token = _rest.Note(Visit(token, again: false, turn), HandedOver(), Executors, turn.Now.Elapsed);
        var changed = IsNews(before, token.Table);
        var hurry = _awake || _rest.IsWorthARound(Executors) || (changed && (MovesAreDue() || before.Count != token.Table.Count));
        LastTable = token.Table;
        token = token with
        {
            QuietHops = hurry ? 0 : Pace.NextQuietHops(token.QuietHops, Executors, changed && !token.Table.AllHavePlenty()),
            Rests = token.Rests && token.Table.RowOf(token.Giver) is not null,
        };
        _awake = false;
        _held = token;
        Remember(token);
        var pace = Pace.Pause(token.QuietHops, Executors, _lastJobsWait);
        var pause =
            hurry ? TimeSpan.Zero
            : MovesAreDue() || WaitIsNews ? pace
            : _rest.Pause(token, pace, Executors);
        _passAt = turn.Now.Elapsed + pause;
        if (pause == TimeSpan.Zero && members.AliveCount > 0)
        {
            Release(token, turn);
        }
    }

    /// <summary>
    /// True when this visit changed the table. Two executors that do not reach each other take each other's rows out of it in every lap:
    /// that is news once, or they would keep the token running for as long as they are apart.
    /// </summary>
    private bool IsNews(EquatableList<LoadRow> before, EquatableList<LoadRow> after)
    {
        if (after.Equals(before))
        {
            return false;
        }

        foreach (var row in after)
        {
            if (!row.Equals(before.RowOf(row.Executor) ?? LastTable.RowOf(row.Executor)))
            {
                return true;
            }
        }

        foreach (var row in before)
        {
            if (after.RowOf(row.Executor) is null && LastTable.RowOf(row.Executor) is not null)
            {
                return true;
            }
        }

        return false;
    }

    private bool JobsWaitHere(EquatableList<LoadRow> table) => table.RowOf(_self) is { Waiting: > 0 };

    private void PassOn(Turn turn)
    {
        // The pause has let time go by: the row and the handoffs are made anew.
        var held = _held!;
        var token = VisitAgain(held, turn);
        Release(_rest.End(token, Executors, turn.Now.Elapsed), turn);
    }

    private Token VisitAgain(Token held, Turn turn)
    {
        var token = _rest.Note(Visit(held, again: true, turn), HandedOver(), Executors, turn.Now.Elapsed);
        LastTable = token.Table;
        _seenAt = turn.Now.Elapsed;
        return token.Table.Equals(held.Table)
            ? token
            : token with
            {
                QuietHops = MovesAreDue() ? 0 : Pace.NextQuietHops(token.QuietHops, Executors, !token.Table.AllHavePlenty()),
            };
    }

    private void Release(Token token, Turn turn)
    {
        var to = members.Successor()!;
        Remember(token);
        _waitWasTold = JobsWaitHere(token.Table);
        _held = null;
        _releasedAt = turn.Now.Elapsed;
        token = token with
        {
            Hop = token.Hop + (Mutants.Is(Mutant.HopNotCounted) ? 0 : 1),
            Lap = to.Id < _self ? token.Lap + 1 : token.Lap,
        };
        _pass = new PassUnderWay(to, to.Member.Incarnation, token, Tries: 1, turn.Now.Elapsed + AckLimits[0]);
        _lossAt = turn.Now.Elapsed + LossLimit();
        Send(_pass, turn);
    }

    /// <summary>
    /// The table is a hint that rests on nothing durable: it need not wait for the disk. Only the number of a generation has to be
    /// durable before another executor sees it, so the first pass of a token that was made here does wait.
    /// </summary>
    private void Send(PassUnderWay pass, Turn turn) =>
        turn.Send(
            pass.To.Member,
            new Message.Pass(Mutants.Is(Mutant.ResendToNewerIncarnation) ? pass.To.Member.Incarnation : pass.Incarnation, pass.Token),
            mayOvertake: pass.Token.Generation.Creator != _self || pass.Token.Hop > 1
        );

    private void Resend(PassUnderWay pass, Turn turn)
    {
        if (pass.Tries == AckLimits.Length)
        {
            Suspect(pass.To, "it did not acknowledge the token", turn);
            return;
        }

        _pass = pass with { Tries = pass.Tries + 1, ResendAt = turn.Now.Elapsed + AckLimits[pass.Tries] };
        Send(_pass, turn);
    }

    private void Inquire(Turn turn)
    {
        var limit = _quick ? QuickLoss : LossLimit();
        _inquiriesInARow++;
        _inquiry = new Inquiry(++_inquiryNonce, turn.Now.Elapsed + InquiryLimit, limit, []);
        foreach (var peer in members.Peers)
        {
            if (!peer.Suspected)
            {
                _inquiry.Awaited.Add(peer.Id);
                turn.Send(peer.Member, new Message.Inquire(_inquiry.Nonce));
                if (_inquiriesInARow >= DoubtAfter)
                {
                    members.Probe(peer, turn);
                }
            }
        }

        if (_inquiry.Awaited.Count == 0)
        {
            Lost(turn);
        }
    }

    private void Lost(Turn turn)
    {
        _inquiry = null;
        _lossDoublings = Math.Min(_lossDoublings + 1, MaxLossDoublings);
        Mint(new Token(default, 0, Lap, 0, LastTable), Seen == default ? "there was none" : "it was lost", turn);
    }

    private void Mint(Token old, string why, Turn turn)
    {
        _pass = null;
        _minted = Math.Max(Seen.Epoch, _minted) + 1;
        if (!Mutants.Is(Mutant.EpochNotSynced))
        {
            turn.Record(new Record.Minted(_minted));
        }

        var generation = new Generation(_minted, _self);
        turn.Note(new CoreEvent.TokenMade(generation, why));
        Hold(old with { Generation = generation, Hop = 0, QuietHops = 0 }, turn);
    }

    private void Remember(Token token)
    {
        _lastQuietHops = token.QuietHops;
        RestsWith = token.Rests ? token.Giver : default;
        _lastJobsWait = !token.Table.AllHavePlenty() && token.Table.Any(row => row.Waiting > 0);
    }

    /// <summary>How long the token may stay away before it is asked for: some laps at the pace that it had.</summary>
    private TimeSpan LossLimit()
    {
        var executors = Executors;
        var laps = 3 * executors * Pace.Pause(_lastQuietHops + (2 * executors), executors, _lastJobsWait).Ticks;
        var rest = !RestsWith.IsNone ? Pace.Rest(executors).Ticks : 0;
        var limit = LossBase.Ticks + Math.Max(laps, rest) + (20 * TimeSpan.TicksPerMillisecond * executors);

        // In whole ticks: it is worked out at every pass, and a factor that is no integer would be rounded.
        return new TimeSpan((limit << _lossDoublings) + (Stagger.Ticks * members.Rank()));
    }

    /// <summary>Does what an executor does with the token in hand.</summary>
    /// <param name="again">True when it has not been away since the last visit.</param>
    public delegate Token Visiting(Token token, bool again, Turn turn);

    /// <summary>A token that was sent and not yet acknowledged.</summary>
    private sealed record PassUnderWay(Peer To, Incarnation Incarnation, Token Token, int Tries, TimeSpan ResendAt)
    {
        public bool Is(ExecutorId from, Generation generation, long hop) =>
            To.Id == from && Token.Generation == generation && Token.Hop == hop;
    }

    /// <summary>The question whether anyone saw the token, under way.</summary>
    /// <param name="Lately">Who saw it less long ago than this says that it lives.</param>
    private sealed record Inquiry(long Nonce, TimeSpan Deadline, TimeSpan Lately, HashSet<ExecutorId> Awaited);
}
