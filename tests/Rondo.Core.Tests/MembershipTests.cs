namespace Rondo.Core.Tests;

/// <summary>Who belongs to the ring, who of them answers, and who is greeted when.</summary>
public sealed class MembershipTests
{
    private static readonly Member Self = Solo.MemberOf("m1", 5);
    private static readonly string[] Names = [.. Enumerable.Range(0, 200).Select(i => $"nightly-{i}")];
    private readonly Turn _turn = new();
    private readonly StepOutput _output = new();
    private TimeSpan _now = TimeSpan.FromSeconds(100);

    private Instant Now => new(_now, DateTimeOffset.UnixEpoch + _now);

    private Turn Turn => _turn.Begin(Now, _output);

    [Fact]
    public void NextJoin_WithNoOtherAddress_IsNever()
    {
        Assert.Equal(TimeSpan.MaxValue, Start().NextJoin);
        Assert.Equal(TimeSpan.MaxValue, Start(join: Self.RingAddress).NextJoin);
        Assert.Equal(_now, Start(join: [Self.RingAddress, "z1:1"]).NextJoin);
    }

    [Fact]
    public void AddressToJoin_ThatNobodyAnswersAt_IsGreetedLessAndLessOften()
    {
        var start = _now;
        var members = Start(join: "z1:1");
        var at = new List<double>();
        Wait(members, TimeSpan.FromSeconds(4), () => at.Add((_now - start).TotalMilliseconds));

        Assert.Equal([0, 200, 500, 950, 1625, 2625, 3625], at);
        Assert.Equal(Addressed().Order(), Addressed().Distinct());
        Assert.All(_output.Prompt.OfType<Effect.Greet>(), greet => Assert.Equal("z1:1", greet.Address));
    }

    [Fact]
    public void AddressToJoin_WhoseExecutorAnswered_IsGreetedOnlyWhenThatOneIsMissed()
    {
        var members = Start(join: "z1:1");
        Wait(members, TimeSpan.FromSeconds(3));
        Answer(members, "z1", Addressed()[^1]);
        Wait(members, TimeSpan.FromSeconds(2));
        Answer(members, "z1");
        Wait(members, TimeSpan.FromSeconds(2));
        Assert.Equal(TimeSpan.MaxValue, members.NextJoin);
        _output.Clear();

        var start = _now;
        var at = new List<double>();
        members.Suspect(members.Find(Id("z1"))!, "gone", Turn);
        Wait(
            members,
            TimeSpan.FromSeconds(1),
            () =>
            {
                if (Addressed().Count > at.Count)
                {
                    at.Add((_now - start).TotalMilliseconds);
                }
            }
        );

        Assert.Equal([200, 400, 700], at);
    }

    [Fact]
    public void AddressToJoin_WhoseExecutorLeft_IsGreetedForWhoeverIsThereNext()
    {
        var members = Start(join: "z1:1");
        members.Tick(Turn);
        Answer(members, "z1", Addressed()[^1]);
        members.Tick(Turn);
        Answer(members, "z1");
        Wait(members, TimeSpan.FromSeconds(1));
        _output.Clear();

        members.Forget(Id("z1"), new Incarnation(1), bySelf: true, Turn);

        Wait(members, TimeSpan.FromMilliseconds(150));
        Assert.Empty(Addressed());
        Wait(members, TimeSpan.FromMilliseconds(100));
        Assert.Single(Addressed());
    }

    [Fact]
    public void AddressToJoin_DueBeforeLong_IsNotPutOffWhenSomebodyIsMissed()
    {
        var members = Start(join: ["x1:1", "z1:1"]);
        members.Tick(Turn);
        Answer(members, "z1", Addressed()[1]);
        Hear(members, "k1", Solo.MemberOf("k1"));
        members.Tick(Turn);
        Answer(members, "z1");
        Answer(members, "k1");
        Wait(members, TimeSpan.FromSeconds(1));

        var due = members.NextJoin;
        Assert.InRange(due - _now, TimeSpan.FromMilliseconds(201), TimeSpan.FromSeconds(1));
        members.Suspect(members.Find(Id("k1"))!, "gone", Turn);
        Assert.Equal(due, members.NextJoin);
        _now = due - TimeSpan.FromMilliseconds(50);
        members.Suspect(members.Find(Id("z1"))!, "gone", Turn);
        Assert.Equal(due, members.NextJoin);
    }

    [Fact]
    public void AddressToJoin_WhereThisExecutorItselfAnswers_IsGreetedNoMore()
    {
        var members = Start(join: "localhost:1");
        members.Tick(Turn);

        members.Receive(Self.Id, new Message.HelloAck(Addressed()[0], new EquatableList<Member>(Self)), Turn);
        Wait(members, TimeSpan.FromSeconds(1));

        Assert.Single(Addressed());
        Assert.Equal(TimeSpan.MaxValue, members.NextJoin);
        Assert.Empty(members.Peers);
    }

    [Theory]
    [InlineData(2, true)]
    [InlineData(200, true)]
    [InlineData(600, false)]
    public void AddressToJoin_AnswerToAnEarlierGreeting_CountsUnlessItIsVeryOld(int greetings, bool counts)
    {
        var members = Start(join: "z1:1");
        for (var i = 0; i < greetings; i++)
        {
            members.Tick(Turn);
            _now = members.NextJoin;
        }

        Answer(members, "z1", Addressed()[0]);
        Answer(members, "z1", Addressed()[^1] + 1);
        _output.Clear();
        members.Tick(Turn);

        Assert.Equal(counts ? 0 : 1, Addressed().Count);
    }

    [Fact]
    public void Greetings_OfALaterStart_HaveHigherNumbersThanAnyOfAnEarlierOne()
    {
        var first = Start(join: "z1:1");
        Wait(first, TimeSpan.FromMinutes(1));
        var last = Addressed()[^1];
        _output.Clear();

        var second = new Membership(Settings(Solo.MemberOf("m1", 6), "z1:1"), [], Now);
        second.Tick(Turn);

        Assert.True(Addressed()[0] > last);
    }

    [Fact]
    public void Newcomer_AsksThoseThatAnswerForItsKeysForADay()
    {
        var members = With("a1", "z1");
        members.Suspect(members.Find(Id("a1"))!, "gone", Turn);

        Assert.Equal([Id("z1")], members.MayKnowKeys(Now).Select(member => member.Id));
        _now += TimeSpan.FromHours(25);
        Assert.Empty(members.MayKnowKeys(Now));
    }

    [Fact]
    public void Executor_ThatKnewOthersWhenItStarted_IsNoNewcomer()
    {
        var members = new Membership(Settings(Self), [Solo.MemberOf("a1")], Now);
        members.Tick(Turn);
        Answer(members, "a1");

        Assert.Equal(1, members.AliveCount);
        Assert.Empty(members.MayKnowKeys(Now));
    }

    [Fact]
    public void Keeper_OfACron_IsAnyThatDoesNotDrainAndTheSameForAll()
    {
        var here = With("a1", "k1", "z1");
        here.Find(Id("k1"))!.Draining = true;
        var there = new Membership(Settings(Solo.MemberOf("a1")), [Solo.MemberOf("k1"), Solo.MemberOf("m1"), Solo.MemberOf("z1")], Now);
        there.Find(Id("k1"))!.Draining = true;

        var keepers = Names.Select(name => here.KeeperOf(name, leaving: false).Id).ToArray();

        Assert.Equal([Id("a1"), Id("m1"), Id("z1")], keepers.Distinct().Order());
        Assert.Equal(keepers, Names.Select(name => there.KeeperOf(name, leaving: false).Id));
    }

    [Fact]
    public void Keeper_WhileThisExecutorLeaves_IsAnotherAsLongAsOneStays()
    {
        var members = With("a1", "z1");
        var before = Names.ToDictionary(name => name, name => members.KeeperOf(name, leaving: false).Id);

        var leaving = Names.ToDictionary(name => name, name => members.KeeperOf(name, leaving: true).Id);
        Assert.Equal([Id("a1"), Id("z1")], leaving.Values.Distinct().Order());
        Assert.All(Names, name => Assert.True(before[name] == Self.Id || before[name] == leaving[name]));

        members.Peers.ForEach(peer => peer.Draining = true);
        Assert.All(Names, name => Assert.Equal(before[name], members.KeeperOf(name, leaving: true).Id));
        Assert.All(Names, name => Assert.Equal(Self, members.KeeperOf(name, leaving: false)));
    }

    [Fact]
    public void OwnerOf_AKey_IsAnyMemberAlsoOneThatIsMissed()
    {
        var members = With("a1", "z1");
        var before = Names.Select(members.OwnerOf).ToArray();

        members.Suspect(members.Find(Id("a1"))!, "gone", Turn);

        Assert.Equal(before, Names.Select(members.OwnerOf));
        Assert.Equal(["a1", "m1", "z1"], before.Select(member => member.Name).Distinct().Order());
    }

    [Fact]
    public void Rank_IsHowManyThatAnswerComeBefore()
    {
        var members = With("a1", "b1", "z1");
        Assert.Equal(2, members.Rank());

        members.Suspect(members.Find(Id("a1"))!, "gone", Turn);
        Assert.Equal(1, members.Rank());
        members.Suspect(members.Find(Id("z1"))!, "gone", Turn);
        Assert.Equal(1, members.Rank());
    }

    [Fact]
    public void Successor_IsTheNextThatAnswersRoundTheRing()
    {
        var members = With("z1", "a1", "x1", "b1");
        Assert.Equal(["a1", "b1", "x1", "z1"], members.Peers.Select(peer => peer.Member.Name));

        var order = new List<string?>();
        foreach (var gone in new[] { "x1", "z1", "a1", "b1" })
        {
            order.Add(members.Successor()?.Member.Name);
            members.Suspect(members.Find(Id(gone))!, "gone", Turn);
        }

        Assert.Equal(["x1", "z1", "a1", "b1"], order);
        Assert.Null(members.Successor());
    }

    [Fact]
    public void Missed_ListsWhoDoesNotAnswerAfterEachChange()
    {
        var members = With("a1", "b1", "z1");
        Assert.Empty(members.Missed());
        var versions = new List<long> { members.Version };

        members.Suspect(members.Find(Id("z1"))!, "gone", Turn);
        members.Suspect(members.Find(Id("a1"))!, "gone", Turn);
        Assert.Equal([Id("a1"), Id("z1")], members.Missed());
        versions.Add(members.Version);

        members.Tick(Turn);
        Answer(members, "a1");
        Assert.Equal([Id("z1")], members.Missed());
        versions.Add(members.Version);

        members.Suspect(members.Find(Id("b1"))!, "gone", Turn);
        Assert.Equal([Id("b1"), Id("z1")], members.Missed());
        members.Forget(Id("b1"), new Incarnation(1), bySelf: false, Turn);
        Assert.Equal([Id("z1")], members.Missed());
        versions.Add(members.Version);

        Assert.Equal(versions.Order(), versions.Distinct());
        Assert.Equal((1, false), (members.AliveCount, members.NobodyIsMissed));
    }

    [Fact]
    public void Greeting_SaysNewUntilItWasAnsweredOnce()
    {
        var members = new Membership(Settings(Self), [Solo.MemberOf("k1")], Now);
        Hear(members, "a1", Solo.MemberOf("a1"));
        members.Tick(Turn);
        Assert.True(Greetings("a1").Last().New);
        Assert.False(Greetings("k1").Last().New);

        Answer(members, "a1");
        members.Suspect(members.Find(Id("a1"))!, "gone", Turn);
        members.Tick(Turn);

        Assert.Equal(2, Greetings("a1").Count());
        Assert.False(Greetings("a1").Last().New);
    }

    [Fact]
    public void Greeting_WithoutItsSender_IsNotAnswered()
    {
        var members = With("a1");

        Hear(members, "a1");
        Hear(members, "z1");
        members.Receive(Id("z1"), new Message.HelloAck(1, EquatableList<Member>.Empty), Turn);

        Assert.Empty(_output.Prompt);
        Assert.Null(members.Find(Id("z1")));
    }

    [Fact]
    public void Greeting_FromOneThatDidNotKnowThisExecutor_SaysThatItForgot()
    {
        var members = With("a1", "z1");
        var forgotten = new List<string>();
        members.Forgotten = (peer, _) => forgotten.Add(peer.Member.Name);

        Hear(members, "z1", Solo.MemberOf("z1"));
        members.Receive(Id("a1"), new Message.Hello(7, new EquatableList<Member>(Solo.MemberOf("a1"))) { New = true }, Turn);

        Assert.Equal(["a1"], forgotten);
        Assert.Equal(7, Assert.Single(Sent<Message.HelloAck>("a1")).Nonce);
        Assert.Equal([Self, Solo.MemberOf("a1"), Solo.MemberOf("z1")], Assert.Single(Sent<Message.HelloAck>("a1")).Members);
    }

    [Fact]
    public void Peer_ThatIsMissed_IsGreetedLessAndLessOftenUntilItIsHeard()
    {
        var members = With("a1");
        var start = _now;
        var at = new List<double>();
        members.Suspect(members.Find(Id("a1"))!, "gone", Turn);
        Wait(members, TimeSpan.FromSeconds(2), () => at.Add((_now - start).TotalMilliseconds));
        Assert.Equal([0, 200, 500, 950, 1625], at);

        Hear(members, "a1", Solo.MemberOf("a1"));
        at.Clear();
        start = _now;
        Wait(members, TimeSpan.FromSeconds(1), () => at.Add((_now - start).TotalMilliseconds));
        Assert.Equal([0, 200, 500, 950], at);
    }

    [Fact]
    public void Peer_ThatAnswersAGreetingOfThisSuspicion_IsBack()
    {
        var members = With("a1");
        var returned = new List<string>();
        members.Returned = (peer, _) => returned.Add(peer.Member.Name);
        members.Suspect(members.Find(Id("a1"))!, "gone", Turn);
        var tooEarly = members.Find(Id("a1"))!.ProofNonce - 1;
        members.Tick(Turn);

        Answer(members, "a1", tooEarly);
        Assert.Empty(returned);

        Answer(members, "a1");
        Answer(members, "a1");
        Assert.Equal(["a1"], returned);
        Assert.Equal([Solo.MemberOf("a1")], Noted<CoreEvent.PeerJoined>().Select(joined => joined.Peer));
        Assert.Equal(1, members.AliveCount);
    }

    [Fact]
    public void Probe_OfAPeer_IsAskedOnceInFiveSecondsAndEndsWithItsAnswerAlone()
    {
        var members = With("a1");
        var peer = members.Find(Id("a1"))!;
        var start = _now;

        members.Probe(peer, Turn);
        members.Probe(peer, Turn);
        var asked = Assert.Single(Greetings("a1"));
        Assert.Equal(start + Membership.ProbeLimit, peer.ProbeUntil);

        Answer(members, "a1", asked.Nonce - 1);
        Assert.Equal(start + Membership.ProbeLimit, peer.ProbeUntil);
        Answer(members, "a1", asked.Nonce);
        Assert.Equal(TimeSpan.MaxValue, peer.ProbeUntil);

        _now = start + Membership.ProbeEvery - TimeSpan.FromMilliseconds(1);
        members.Probe(peer, Turn);
        Assert.Single(Greetings("a1"));
        _now = start + Membership.ProbeEvery;
        members.Probe(peer, Turn);
        Assert.Equal(2, Greetings("a1").Count());
        Assert.True(Greetings("a1").Last().Nonce > asked.Nonce);

        // A peer that is missed is greeted anyhow.
        members.Suspect(peer, "gone", Turn);
        Assert.Equal(TimeSpan.MaxValue, peer.ProbeUntil);
        _now += Membership.ProbeEvery;
        members.Probe(peer, Turn);
        Assert.Equal(2, Greetings("a1").Count());
    }

    [Fact]
    public void Suspect_OfOneThatIsMissedAlready_ChangesNothing()
    {
        var members = With("a1", "z1");
        members.Suspect(members.Find(Id("a1"))!, "gone", Turn);
        var since = _now;
        _now += TimeSpan.FromSeconds(1);

        members.Suspect(members.Find(Id("a1"))!, "gone", Turn);

        Assert.Equal(1, members.AliveCount);
        Assert.Equal(since, members.Find(Id("a1"))!.SuspectedSince);
        Assert.Equal(new CoreEvent.PeerSuspected(Id("a1"), "gone"), Assert.Single(Noted<CoreEvent.PeerSuspected>()));
    }

    [Fact]
    public void Incarnation_ThatIsLater_MeansThatThePeerWasStartedAgain()
    {
        var members = With(Solo.MemberOf("a1", 3), Solo.MemberOf("z1"));
        var peer = members.Find(Id("a1"))!;
        var restarted = new List<string>();
        members.Restarted = (peer, _) => restarted.Add(peer.Member.Name);
        (peer.Draining, peer.OffersSeen) = (true, 17);

        members.NoteIncarnation(peer, new Incarnation(2), Turn);
        members.NoteIncarnation(peer, new Incarnation(3), Turn);
        Assert.Empty(_output.Records);
        Assert.False(peer.Suspected);

        members.NoteIncarnation(peer, new Incarnation(4), Turn);
        Assert.Equal(new Record.MemberKnown(Solo.MemberOf("a1", 4)), Assert.Single(_output.Records));
        Assert.Equal(["a1"], restarted);
        Assert.True(peer.Suspected);
        Assert.Equal((false, 0), (peer.Draining, peer.OffersSeen));
        Assert.Equal(1, members.AliveCount);
        members.Tick(Turn);
        Assert.Contains(Solo.MemberOf("a1", 4), Assert.Single(Greetings("a1")).Members);

        // It is started again while it is missed: that costs nobody, and it is greeted at once.
        Wait(members, TimeSpan.FromSeconds(3));
        _output.Clear();
        members.NoteIncarnation(peer, new Incarnation(5), Turn);
        members.Tick(Turn);
        Assert.Single(Greetings("a1"));
        Assert.Equal(1, members.AliveCount);
        Wait(members, TimeSpan.FromMilliseconds(225));
        Assert.Equal(2, Greetings("a1").Count());
    }

    [Fact]
    public void Member_AsItTellsOfItself_IsTakenUnlessItIsOld()
    {
        var members = With(Solo.MemberOf("a1", 3));
        var moved = Solo.MemberOf("a1", 3) with { RingAddress = "elsewhere:1" };

        Hear(members, "a1", Solo.MemberOf("a1", 3));
        Hear(members, "a1", Solo.MemberOf("a1", 2));
        Hear(members, "a1", Solo.MemberOf("a1", 2) with { RingAddress = "earlier:1" });
        Assert.Empty(_output.Records);

        Hear(members, "a1", moved);
        Assert.Equal([new Record.MemberKnown(moved)], _output.Records);
        Assert.Equal((moved, false), (members.Find(Id("a1"))!.Member, members.Find(Id("a1"))!.Suspected));

        // What others say of the same start is no newer.
        Hear(members, "z1", Solo.MemberOf("z1"), Solo.MemberOf("a1", 3));
        Assert.Equal(moved, members.Find(Id("a1"))!.Member);
    }

    [Fact]
    public void Members_ThatAnotherListsInTheOrderOfTheRing_AreAllKnownThen()
    {
        var members = With(Solo.MemberOf("c1"), Solo.MemberOf("k1", 2), Solo.MemberOf("x1"));
        var learned = new List<string>();
        members.Learned = (peer, _) => learned.Add(peer.Member.Name);

        Hear(
            members,
            "k1",
            Solo.MemberOf("k1", 2),
            Solo.MemberOf("a1"),
            Solo.MemberOf("b1"),
            Solo.MemberOf("c1", 4),
            Solo.MemberOf("d1"),
            Self,
            Solo.MemberOf("x1"),
            Solo.MemberOf("z1")
        );

        Assert.Equal(["a1", "b1", "d1", "z1"], learned);
        Assert.Equal(["a1", "b1", "c1", "d1", "k1", "x1", "z1"], members.Peers.Select(peer => peer.Member.Name));
        Assert.Equal(4, members.Find(Id("c1"))!.Member.Incarnation.Value);
        Assert.Equal(2, members.AliveCount);
    }

    [Fact]
    public void Member_ThatIsGone_IsWelcomeAgainWithALaterStart()
    {
        var members = With(Solo.MemberOf("a1", 3), Solo.MemberOf("z1"));
        Assert.Null(members.Forget(Id("a1"), new Incarnation(2), bySelf: true, Turn));
        Assert.NotNull(members.Find(Id("a1")));
        Assert.False(members.IsGone(Id("a1")));

        Assert.NotNull(members.Forget(Id("a1"), new Incarnation(3), bySelf: true, Turn));
        Assert.True(members.IsGone(Id("a1")));
        Assert.Equal([new Record.MemberGone(Id("a1"), new Incarnation(3))], _output.Records);
        Assert.Equal(new CoreEvent.PeerLeft(Id("a1")), Assert.Single(Noted<CoreEvent.PeerLeft>()));
        Assert.Equal((1, true), (members.AliveCount, members.NobodyIsMissed));

        Hear(members, "z1", Solo.MemberOf("z1"), Solo.MemberOf("a1", 3));
        Assert.Null(members.Find(Id("a1")));
        Assert.Equal([Self, Solo.MemberOf("z1")], Sent<Message.HelloAck>("z1").Last().Members);

        Hear(members, "z1", Solo.MemberOf("z1"), Solo.MemberOf("a1", 4));
        Assert.NotNull(members.Find(Id("a1")));
        Assert.False(members.IsGone(Id("a1")));
    }

    [Fact]
    public void Member_ThatIsForgottenWithAStartNotHeardOfYet_IsGone()
    {
        var members = With("a1");

        Assert.NotNull(members.Forget(Id("a1"), new Incarnation(9), bySelf: true, Turn));

        Hear(members, "a1", Solo.MemberOf("a1", 9));
        Assert.Null(members.Find(Id("a1")));
        Assert.Null(members.Forget(Id("z1"), new Incarnation(1), bySelf: true, Turn));
        Assert.True(members.IsGone(Id("z1")));
    }

    [Fact]
    public void Removed_ThatSpeaks_IsAskedAndBackOnceItAnswers()
    {
        var members = With("a1", "z1");
        Remove(members, "a1");

        members.Receive(Id("a1"), new Message.Hello(42, new EquatableList<Member>(Solo.MemberOf("a1"))), Turn);
        Assert.Null(members.Find(Id("a1")));
        Assert.Equal(42, Assert.Single(Sent<Message.HelloAck>("a1")).Nonce);
        Assert.Equal("a1:1", Assert.Single(_output.Prompt.OfType<Effect.Greet>()).Address);
        Hear(members, "a1", Solo.MemberOf("a1"));
        Assert.Equal(2, Addressed().Count);
        Assert.Equal(Addressed().Order(), Addressed().Distinct());

        // The first of the two greetings does as well as the second.
        Answer(members, "a1", Addressed()[0]);
        Assert.NotNull(members.Find(Id("a1")));
        Assert.False(members.IsGone(Id("a1")));
    }

    [Fact]
    public void Removed_AnswerToAnythingElse_DoesNotBringItBack()
    {
        var members = With("a1", "b1", "z1");
        Remove(members, "a1");
        members.Forget(Id("b1"), new Incarnation(1), bySelf: true, Turn);
        Hear(members, "a1", Solo.MemberOf("a1"));
        var asked = Assert.Single(Addressed());

        // Neither what it was not asked, nor what another says at its address.
        Answer(members, "a1", asked - 1);
        Assert.Null(members.Find(Id("a1")));
        Answer(members, "b1", asked);
        Assert.Null(members.Find(Id("a1")));
        Assert.Null(members.Find(Id("b1")));
    }

    [Fact]
    public void Removed_AnswerToAVeryOldGreeting_DoesNotBringItBack()
    {
        var members = With("a1");
        Remove(members, "a1");
        for (var i = 0; i < 600; i++)
        {
            Hear(members, "a1", Solo.MemberOf("a1"));
        }

        Answer(members, "a1", Addressed()[0]);
        Assert.Null(members.Find(Id("a1")));
        Answer(members, "a1", Addressed()[^1]);
        Assert.NotNull(members.Find(Id("a1")));
    }

    [Fact]
    public void Gone_ThatLeftByItselfOrSpeaksForAnother_IsNotAsked()
    {
        var members = With("a1", "b1", "z1");
        members.Forget(Id("a1"), new Incarnation(1), bySelf: true, Turn);
        Remove(members, "b1");

        // An operator may remove what has left; it left all the same.
        Remove(members, "a1");
        Hear(members, "a1", Solo.MemberOf("a1"));
        Hear(members, "b1", Solo.MemberOf("a1"));
        Hear(members, "x1", Self);

        Assert.Empty(_output.Prompt);
    }

    [Fact]
    public void Pause_OfThisExecutor_ProlongsWhatTheOthersHave()
    {
        var members = With("a1", "k1", "z1");
        members.Suspect(members.Find(Id("a1"))!, "gone", Turn);
        members.Probe(members.Find(Id("k1"))!, Turn);
        var (since, until) = (members.Find(Id("a1"))!.SuspectedSince, members.Find(Id("k1"))!.ProbeUntil);
        members.Find(Id("z1"))!.Settle(TimeSpan.MaxValue);
        Assert.False(members.Find(Id("z1"))!.IsDue(_now));

        members.ForgivePause(TimeSpan.FromSeconds(3));

        Assert.Equal(since + TimeSpan.FromSeconds(3), members.Find(Id("a1"))!.SuspectedSince);
        Assert.Equal(until + TimeSpan.FromSeconds(3), members.Find(Id("k1"))!.ProbeUntil);
        Assert.Equal(TimeSpan.MaxValue, members.Find(Id("z1"))!.ProbeUntil);
        Assert.True(members.Find(Id("z1"))!.IsDue(_now));
    }

    private static ExecutorId Id(string id) => ExecutorId.Parse(id);

    private static CoreSettings Settings(Member self, params string[] join) =>
        new()
        {
            Self = self,
            Slots = 2,
            Join = join,
        };

    private Membership Start(params string[] join) => new(Settings(Self, join), [], Now);

    private Membership With(params string[] peers) => With([.. peers.Select(peer => Solo.MemberOf(peer))]);

    /// <summary>A start that knew nobody, with peers that have answered since; what was said up to then is forgotten.</summary>
    private Membership With(params Member[] peers)
    {
        var members = Start();
        foreach (var peer in peers)
        {
            Hear(members, peer.Name, peer);
            members.Tick(Turn);
            Answer(members, peer.Name, member: peer);
        }

        Assert.True(members.NobodyIsMissed);
        _output.Clear();
        return members;
    }

    private void Hear(Membership members, string from, params Member[] list) =>
        members.Receive(Id(from), new Message.Hello(1, new EquatableList<Member>(list)), Turn);

    /// <summary>A peer answers a greeting: the last one, unless said otherwise.</summary>
    private void Answer(Membership members, string peer, long? nonce = null, Member? member = null) =>
        members.Receive(
            Id(peer),
            new Message.HelloAck(nonce ?? Greetings(peer).Last().Nonce, new EquatableList<Member>(member ?? Solo.MemberOf(peer))),
            Turn
        );

    /// <summary>An operator removes a peer, after it was missed.</summary>
    private void Remove(Membership members, string peer)
    {
        if (members.Find(Id(peer)) is { } known)
        {
            members.Suspect(known, "gone", Turn);
        }

        members.Forget(Id(peer), new Incarnation(1), bySelf: false, Turn);
    }

    private void Wait(Membership members, TimeSpan time, Action? greeted = null)
    {
        for (var end = _now + time; _now < end; _now += TimeSpan.FromMilliseconds(25))
        {
            var before = _output.Prompt.Count;
            members.Tick(Turn);
            if (_output.Prompt.Count > before)
            {
                greeted?.Invoke();
            }
        }
    }

    private IEnumerable<T> Sent<T>(string to)
        where T : Message =>
        _output.Prompt.OfType<Effect.Send>().Where(send => send.To.Id == Id(to)).Select(send => send.Message).OfType<T>();

    private IEnumerable<Message.Hello> Greetings(string to) => Sent<Message.Hello>(to);

    private List<long> Addressed() => [.. _output.Prompt.OfType<Effect.Greet>().Select(greet => greet.Hello.Nonce)];

    private IEnumerable<T> Noted<T>()
        where T : CoreEvent => _output.Effects.OfType<Effect.Note>().Select(note => note.Event).OfType<T>();
}
