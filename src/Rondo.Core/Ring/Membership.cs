namespace Rondo.Core;

/// <summary>
/// Who belongs to the ring and who answers. Greetings find members, tell of restarts, and clear suspicion: a round trip does, a single
/// message does not, since it proves one direction only.
/// </summary>
internal sealed class Membership
{
    public static readonly TimeSpan HelloEvery = TimeSpan.FromMilliseconds(200);

    /// <summary>How long after an executor joined it asks the others for keys that belong to it since.</summary>
    public static readonly TimeSpan NewcomerFor = TimeSpan.FromHours(24);

    public static readonly TimeSpan LongestHelloPause = TimeSpan.FromSeconds(1);

    /// <summary>How long an answer to the question whether a peer is still there may take.</summary>
    public static readonly TimeSpan ProbeLimit = TimeSpan.FromSeconds(1);

    /// <summary>From one such question to the next.</summary>
    public static readonly TimeSpan ProbeEvery = TimeSpan.FromSeconds(5);

    /// <summary>Unanswered greetings to addresses that are remembered; older ones prove nothing any more.</summary>
    private const int MaxOpenGreetings = 256;

    private readonly Member _self;

    /// <summary>Who answered last at each address to join; null before anybody did.</summary>
    private readonly SortedDictionary<string, ExecutorId?> _join = new(StringComparer.Ordinal);
    private readonly Dictionary<long, string> _joinNonces = [];
    private readonly List<Peer> _peers = [];
    private readonly Dictionary<ExecutorId, Peer> _byId = [];

    /// <summary>Up to which start executors are gone, and whether they said so themselves.</summary>
    private readonly Dictionary<ExecutorId, (Incarnation Incarnation, bool BySelf)> _gone = [];

    /// <summary>Unanswered greetings to executors that were removed and spoke since.</summary>
    private readonly Dictionary<long, ExecutorId> _removedNonces = [];
    private EquatableList<ExecutorId>? _missed;

    /// <summary>What greetings list; made anew when somebody comes, goes or is started again. Who is missed does not matter to it.</summary>
    private EquatableList<Member>? _known;
    private readonly TimeSpan _newcomerUntil;
    private long _nonce;
    private TimeSpan _joinAt;
    private TimeSpan _joinPause = HelloEvery;

    public Membership(CoreSettings settings, IReadOnlyList<Member> known, Instant now)
    {
        _self = settings.Self;
        foreach (var address in settings.Join.Where(address => address != settings.Self.RingAddress))
        {
            _join[address] = null;
        }

        _joinAt = _join.Count > 0 ? now.Elapsed : TimeSpan.MaxValue;
        // Nonces of an earlier start must not prove anything to this one.
        _nonce = _self.Incarnation.Value << 32;
        _newcomerUntil = known.Count == 0 ? now.Elapsed + NewcomerFor : TimeSpan.MinValue;
        foreach (var member in known)
        {
            Add(member, now.Elapsed);
        }
    }

    /// <summary>Told when a peer answered after it had been unknown or missed.</summary>
    public Action<Peer, Turn>? Returned { get; set; }

    /// <summary>Told when a member becomes known; it may have been known before, and removed.</summary>
    public Action<Peer, Turn>? Learned { get; set; }

    /// <summary>Told when a peer says that it did not know this executor, or not any more.</summary>
    public Action<Peer, Turn>? Forgotten { get; set; }

    /// <summary>Told when a peer turned out to have been started again.</summary>
    public Action<Peer, Turn>? Restarted { get; set; }

    /// <summary>In the order of the ring.</summary>
    public List<Peer> Peers => _peers;

    public int AliveCount { get; private set; }

    /// <summary>Counts the changes of who is there and who is missed.</summary>
    public long Version { get; private set; }

    public TimeSpan NextJoin => _joinAt;

    public Peer? Find(ExecutorId id) => _byId.GetValueOrDefault(id);

    /// <summary>True when the executor left the ring or was removed from it since this start, and did not come back.</summary>
    public bool IsGone(ExecutorId id) => _gone.ContainsKey(id) && Find(id) is null;

    /// <summary>The executor that a key belongs to.</summary>
    public Member OwnerOf(string key)
    {
        var members = new ExecutorId[_peers.Count + 1];
        members[0] = _self.Id;
        for (var i = 0; i < _peers.Count; i++)
        {
            members[i + 1] = _peers[i].Id;
        }

        var owner = Rendezvous.OwnerOf(key, members);
        return owner == _self.Id ? _self : Find(owner)!.Member;
    }

    /// <summary>
    /// Those that may have a job of a key that belongs here: a member that comes takes over keys from the others. Empty once this
    /// executor is no newcomer any more.
    /// </summary>
    public EquatableList<Member> MayKnowKeys(Instant now) =>
        now.Elapsed < _newcomerUntil && AliveCount > 0
            ? new EquatableList<Member>([.. _peers.Where(peer => !peer.Suspected).Select(peer => peer.Member)])
            : EquatableList<Member>.Empty;

    /// <summary>The executor that keeps a cron: the one that its name belongs to of those that do not drain.</summary>
    /// <param name="leaving">True when this executor drains.</param>
    public Member KeeperOf(string cron, bool leaving)
    {
        var staying = _peers.Where(peer => !peer.Draining).Select(peer => peer.Id);
        ExecutorId[] keepers = leaving ? [.. staying] : [_self.Id, .. staying];
        if (keepers.Length == 0)
        {
            return OwnerOf(cron);
        }

        var keeper = Rendezvous.OwnerOf(cron, keepers);
        return keeper == _self.Id ? _self : Find(keeper)!.Member;
    }

    /// <summary>The next one round the ring that is alive; null when this executor is alone.</summary>
    public Peer? Successor()
    {
        Peer? lowest = null;
        foreach (var peer in _peers)
        {
            if (peer.Suspected)
            {
                continue;
            }

            if (peer.Id > _self.Id)
            {
                return peer;
            }

            lowest ??= peer;
        }

        return lowest;
    }

    /// <summary>How many alive executors come before this one: staggers what one of them should do first.</summary>
    public int Rank()
    {
        var rank = 0;
        foreach (var peer in _peers)
        {
            rank += !peer.Suspected && peer.Id < _self.Id ? 1 : 0;
        }

        return rank;
    }

    /// <summary>The executors that are known and do not answer, in the order of their ids.</summary>
    public EquatableList<ExecutorId> Missed()
    {
        if (NobodyIsMissed)
        {
            return EquatableList<ExecutorId>.Empty;
        }

        return _missed ??= new EquatableList<ExecutorId>([.. _peers.Where(peer => peer.Suspected).Select(peer => peer.Id)]);
    }

    /// <summary>True when all that are known answer: then nobody has to be greeted, and nothing to be taken back.</summary>
    public bool NobodyIsMissed => AliveCount == _peers.Count;

    private void Changed()
    {
        _missed = null;
        Version++;
    }

    /// <summary>Sends the greetings that are due.</summary>
    public void Tick(Turn turn)
    {
        var now = turn.Now.Elapsed;
        if (_joinAt <= now)
        {
            if (_joinNonces.Count > MaxOpenGreetings)
            {
                _joinNonces.Clear();
            }

            var open = false;
            foreach (var (address, who) in _join)
            {
                if (who is null || IsMissing(who.Value))
                {
                    open = true;
                    _joinNonces[++_nonce] = address;
                    turn.Greet(address, new Message.Hello(_nonce, Known()));
                }
            }

            _joinAt = open ? now + _joinPause : TimeSpan.MaxValue;
            _joinPause = open ? Longer(_joinPause) : HelloEvery;
        }

        for (var i = 0; !NobodyIsMissed && i < _peers.Count; i++)
        {
            var peer = _peers[i];
            if (peer.Suspected && peer.HelloAt <= now)
            {
                turn.Send(peer.Member, new Message.Hello(++_nonce, Known()) { New = peer.IsNew });
                peer.HelloAt = now + peer.HelloPause;
                peer.HelloPause = Longer(peer.HelloPause);
            }
        }
    }

    public void Receive(ExecutorId from, Message.Hello hello, Turn turn)
    {
        if (!Learn(hello.Members, turn))
        {
            return;
        }

        if (Find(from) is not { } peer)
        {
            AskIfBack(from, hello.Members[0], hello.Nonce, turn);
            return;
        }

        turn.Send(peer.Member, new Message.HelloAck(hello.Nonce, Known()));
        if (hello.New)
        {
            Forgotten?.Invoke(peer, turn);
        }

        if (Mutants.Is(Mutant.OneMessageClearsSuspicion) && peer.Suspected)
        {
            Receive(from, new Message.HelloAck(long.MaxValue, hello.Members), turn);
        }

        if (peer.Suspected)
        {
            // It is there: do not wait for the next greeting to be due.
            peer.HelloPause = HelloEvery;
            GreetSoon(peer, turn);
        }
    }

    public void Receive(ExecutorId from, Message.HelloAck ack, Turn turn)
    {
        if (_joinNonces.Remove(ack.Nonce, out var address))
        {
            // Whoever was greeted by address is known from now on, and greeted by its id. It may be this executor, by another name.
            _join[address] = from;
        }

        if (_removedNonces.Remove(ack.Nonce, out var removed) && removed == from)
        {
            _gone.Remove(from);
        }

        if (!Learn(ack.Members, turn) || Find(from) is not { } peer)
        {
            return;
        }

        if (ack.Nonce >= peer.ProbeNonce)
        {
            peer.ProbeUntil = TimeSpan.MaxValue;
        }

        if (peer.Suspected && ack.Nonce >= peer.ProofNonce)
        {
            peer.Suspected = false;
            peer.IsNew = false;
            AliveCount++;
            Changed();
            peer.SendAllAgain(turn.Now.Elapsed);
            turn.Note(new CoreEvent.PeerJoined(peer.Member));
            Returned?.Invoke(peer, turn);
        }
    }

    /// <summary>
    /// There is doubt about a peer that is thought to be alive: it is asked whether it is there, and suspected when it does not answer.
    /// </summary>
    public void Probe(Peer peer, Turn turn)
    {
        if (peer.Suspected || peer.ProbeUntil != TimeSpan.MaxValue || turn.Now.Elapsed < peer.ProbeAfter)
        {
            return;
        }

        peer.Touch();
        peer.ProbeNonce = ++_nonce;
        peer.ProbeUntil = turn.Now.Elapsed + ProbeLimit;
        peer.ProbeAfter = turn.Now.Elapsed + ProbeEvery;
        turn.Send(peer.Member, new Message.Hello(peer.ProbeNonce, Known()));
    }

    /// <summary>Takes a peer out of the ring until it answers again.</summary>
    public void Suspect(Peer peer, string why, Turn turn)
    {
        if (peer.Suspected)
        {
            return;
        }

        AliveCount--;
        BeginAbsence(peer, turn.Now.Elapsed);
        turn.Note(new CoreEvent.PeerSuspected(peer.Id, why));
    }

    /// <summary>A refusal or a greeting told which start of a peer is the current one.</summary>
    public void NoteIncarnation(Peer peer, Incarnation incarnation, Turn turn)
    {
        if (incarnation > peer.Member.Incarnation)
        {
            Update(peer, peer.Member with { Incarnation = incarnation }, turn);
        }
    }

    /// <summary>
    /// An executor was removed that lives: an operator could not know. What it says may be old; only the answer to a greeting proves it.
    /// </summary>
    private void AskIfBack(ExecutorId from, Member member, long nonce, Turn turn)
    {
        if (member.Id != from || !_gone.TryGetValue(from, out var gone) || gone.BySelf || Mutants.Is(Mutant.RemovedIsGoneForGood))
        {
            return;
        }

        if (_removedNonces.Count > MaxOpenGreetings)
        {
            _removedNonces.Clear();
        }

        _removedNonces[++_nonce] = from;
        turn.Send(member, new Message.HelloAck(nonce, Known()));
        turn.Greet(member.RingAddress, new Message.Hello(_nonce, Known()));
    }

    /// <summary>A member is gone for good, up to this start of it.</summary>
    /// <param name="bySelf">True when it left; false when an operator removed it, who may be wrong.</param>
    public Peer? Forget(ExecutorId id, Incarnation incarnation, bool bySelf, Turn turn)
    {
        if (GoneUpTo(id) < incarnation)
        {
            _gone[id] = (incarnation, bySelf);
        }

        if (Find(id) is not { } peer || peer.Member.Incarnation > incarnation)
        {
            return null;
        }

        AliveCount -= peer.Suspected ? 0 : 1;
        _peers.Remove(peer);
        _byId.Remove(id);
        _known = null;
        Changed();
        GreetItsAddress(id, turn.Now.Elapsed);
        turn.Record(new Record.MemberGone(id, incarnation));
        turn.Note(new CoreEvent.PeerLeft(id));
        return peer;
    }

    /// <summary>This executor did not run for a while: what it did not hear in that time says nothing against the others.</summary>
    public void ForgivePause(TimeSpan length)
    {
        foreach (var peer in _peers)
        {
            peer.Touch();
            peer.SuspectedSince += length;
            peer.ProbeUntil = peer.ProbeUntil == TimeSpan.MaxValue ? TimeSpan.MaxValue : peer.ProbeUntil + length;
        }
    }

    private EquatableList<Member> Known() => _known ??= ListKnown();

    private EquatableList<Member> ListKnown()
    {
        var members = new Member[_peers.Count + 1];
        members[0] = _self;
        for (var i = 0; i < _peers.Count; i++)
        {
            members[i + 1] = _peers[i].Member;
        }

        return new EquatableList<Member>(members);
    }

    private bool Learn(EquatableList<Member> members, Turn turn)
    {
        var place = 0;
        for (var i = 0; i < members.Count; i++)
        {
            var member = members[i];
            if ((i > 0 && IsOld(member, ref place)) || member.Id == _self.Id || GoneUpTo(member.Id) >= member.Incarnation)
            {
                continue;
            }

            if (Find(member.Id) is not { } peer)
            {
                turn.Record(new Record.MemberKnown(member));
                var learned = Add(member, turn.Now.Elapsed);
                learned.IsNew = true;
                GreetSoon(learned, turn);
                Learned?.Invoke(learned, turn);
            }
            else if (
                member.Incarnation > peer.Member.Incarnation
                || (member.Incarnation == peer.Member.Incarnation && i == 0 && member != peer.Member)
            )
            {
                // The second case: a refusal had told the incarnation alone; the member itself tells the rest.
                Update(peer, member, turn);
            }
        }

        return members.Count > 0;
    }

    /// <summary>
    /// True for a member that is known, by its place: behind their sender lists are in the order of the ring, as the peers are, and almost all
    /// of what they say is known.
    /// </summary>
    private bool IsOld(Member member, ref int place)
    {
        while (place < _peers.Count && _peers[place].Id < member.Id)
        {
            place++;
        }

        return place < _peers.Count && _peers[place].Id == member.Id && _peers[place].Member.Incarnation >= member.Incarnation;
    }

    private void Update(Peer peer, Member member, Turn turn)
    {
        var restarted = member.Incarnation > peer.Member.Incarnation;
        peer.Member = member;
        _known = null;
        turn.Record(new Record.MemberKnown(member));
        if (!restarted)
        {
            return;
        }

        peer.OffersSeen = 0;
        peer.Draining = false;
        if (!peer.Suspected)
        {
            AliveCount--;
            BeginAbsence(peer, turn.Now.Elapsed);
        }

        peer.HelloPause = HelloEvery;
        GreetSoon(peer, turn);
        Restarted?.Invoke(peer, turn);
    }

    private Incarnation GoneUpTo(ExecutorId id) => _gone.GetValueOrDefault(id).Incarnation;

    private Peer Add(Member member, TimeSpan now)
    {
        var peer = new Peer(member);
        var place = _peers.FindIndex(other => other.Id > member.Id);
        _peers.Insert(place < 0 ? _peers.Count : place, peer);
        _byId.Add(member.Id, peer);
        _known = null;
        BeginAbsence(peer, now);
        return peer;
    }

    private void BeginAbsence(Peer peer, TimeSpan now)
    {
        peer.Suspected = true;
        Changed();
        peer.SuspectedSince = now;
        peer.ProofNonce = _nonce + 1;
        peer.ProbeUntil = TimeSpan.MaxValue;
        peer.HelloAt = now;
        peer.HelloPause = HelloEvery;
        GreetItsAddress(peer.Id, now);
    }

    private bool IsMissing(ExecutorId id) => id != _self.Id && Find(id) is not { Suspected: false };

    /// <summary>Somebody else may be at the address of a peer that is missed: an executor that lost its disk has another id.</summary>
    private void GreetItsAddress(ExecutorId missed, TimeSpan now)
    {
        if (_join.ContainsValue(missed) && now + HelloEvery < _joinAt)
        {
            _joinAt = now + HelloEvery;
        }
    }

    private static void GreetSoon(Peer peer, Turn turn) => peer.HelloAt = turn.Now.Elapsed;

    private static TimeSpan Longer(TimeSpan pause) => pause * 1.5 < LongestHelloPause ? pause * 1.5 : LongestHelloPause;
}
