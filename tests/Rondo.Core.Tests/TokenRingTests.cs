namespace Rondo.Core.Tests;

/// <summary>
/// The token's way, with what an executor does with it scripted: when it goes on and how, when it counts as lost, and who asks for it.
/// </summary>
public sealed class TokenRingTests
{
    private static readonly Member Self = Solo.MemberOf("m1", 5);
    private static readonly Generation High = Solo.Generation(9, "a1");
    private readonly Turn _turn = new();
    private readonly StepOutput _output = new();
    private readonly List<Effect> _said = [];
    private TimeSpan _now = TimeSpan.FromSeconds(100);
    private Membership _members;
    private TokenRing _ring;
    private Func<Token, Token> _visit = static token => token;
    private readonly List<bool> _again = [];
    private int _handedOver;
    private bool _movesAreDue;

    public TokenRingTests() => (_members, _ring) = Start(0, "a1", "z1");

    private Instant Now => new(_now, DateTimeOffset.UnixEpoch + _now);

    private Turn Turn
    {
        get
        {
            Listen();
            return _turn.Begin(Now, _output);
        }
    }

    /// <summary>When something is due next, in milliseconds from now.</summary>
    private double DueIn => (_ring.NextDeadline - _now).TotalMilliseconds;

    [Theory]
    [InlineData(null, null, 0)]
    [InlineData("z1:1", null, 300)]
    [InlineData(null, "z1", 300)]
    [InlineData("z1:1", "z1", 300)]
    public void Start_WhereNobodyElseIsKnown_NeedsNoPatienceForAToken(string? join, string? known, int patience)
    {
        var settings = Settings() with { Join = join is null ? [] : [join] };
        _members = new Membership(settings, known is null ? [] : [Solo.MemberOf(known)], Now);
        _ring = RingOf(settings, 0);

        Assert.Equal(patience, DueIn);
        Wait(patience);
        Assert.True(_ring.IsHere);
        Assert.Equal("there was none", Made().Single().Why);
        Assert.Equal(TimeSpan.MaxValue, _ring.NextDeadline);
        Assert.Empty(Passes());
    }

    [Fact]
    public void LapTime_IsFromVisitToVisitAndTravelTimeWithoutWhatItStayedHere()
    {
        Bring(hop: 3, quietHops: 11);
        Assert.Equal((null, null), (_ring.LapTime, _ring.TravelTime));
        Wait(30);
        Acknowledge();

        Bring(hop: 6, quietHops: 11);
        Assert.Equal((Milliseconds(30), Milliseconds(26)), (_ring.LapTime, _ring.TravelTime));
        Wait(20);
        Acknowledge();

        Bring(hop: 9);
        Assert.Equal((Milliseconds(20), Milliseconds(16)), (_ring.LapTime, _ring.TravelTime));
    }

    [Fact]
    public void Pass_GoesToTheNextOneWithOneMoreHopAndBeginsALapAtTheFirst()
    {
        Bring(hop: 3);
        var pass = Assert.Single(Passes());
        Assert.Equal(("z1", 4, 7), (pass.To.Name, pass.Token.Hop, pass.Token.Lap));
        Assert.Equal(7, _ring.Lap);
        Acknowledge();

        _ring.Suspect(Peer("z1"), "gone", Turn);
        Bring(hop: 6);

        pass = Passes()[^1];
        Assert.Equal(("a1", 7, 8), (pass.To.Name, pass.Token.Hop, pass.Token.Lap));
    }

    [Fact]
    public void Pass_WaitsForTheDiskOnlyWhenItIsTheFirstOfAGenerationMadeHere()
    {
        Bring(hop: 3);
        Assert.Single(_output.Prompt.OfType<Effect.Send>(), send => send.Message is Message.Pass);

        _ring.Suspect(Peer("z1"), "gone", Turn);
        Assert.DoesNotContain(_output.Prompt.OfType<Effect.Send>(), send => send.Message is Message.Pass);
        var first = Assert.IsType<Message.Pass>(Assert.Single(_output.Effects.OfType<Effect.Send>()).Message);
        Assert.Equal((Solo.Generation(10, "m1"), 1), (first.Token.Generation, first.Token.Hop));
        Acknowledge();

        Bring(first.Token with { Hop = 2 });
        Assert.Single(_output.Prompt.OfType<Effect.Send>(), send => send.Message is Message.Pass);
    }

    [Fact]
    public void Pass_WithoutAnswer_IsRepeatedAfter40And80MillisecondsAndGivenUp160Later()
    {
        Bring(hop: 3);
        var at = new List<double>();
        for (var i = 0; i < 280; i++)
        {
            Wait(1);
            if (Passes().Count > at.Count + 1)
            {
                at.Add(i + 1);
            }
        }

        Assert.Equal([40, 120, 280], at);
        Assert.Equal(["z1", "z1", "z1", "a1"], Passes().Select(pass => pass.To.Name));
        Assert.True(Peer("z1").Suspected);
        Assert.Equal([new Record.Minted(10)], _output.Records);
        Assert.Contains("z1", Made().Single().Why, StringComparison.Ordinal);
    }

    [Fact]
    public void Pass_ToOneThatIsSlowToAnswer_GetsAllItsTriesAgain()
    {
        Bring(hop: 3);
        Wait(125);
        _ring.Postpone(Peer("a1"));
        _ring.Postpone(Peer("z1"));

        Wait(160);
        Assert.Equal(4, Passes().Count);
        Assert.False(Peer("z1").Suspected);
        Wait(80);
        Assert.Equal(5, Passes().Count);
        Wait(160);
        Assert.True(Peer("z1").Suspected);
    }

    [Fact]
    public void Pass_WhileAnotherPeerGetsOn_IsNotProlonged()
    {
        Bring(hop: 3);
        Wait(125);
        _ring.Postpone(Peer("a1"));

        Wait(160);

        Assert.True(Peer("z1").Suspected);
    }

    [Fact]
    public void Pass_AcknowledgedAsAnotherOne_IsStillRepeated()
    {
        Bring(hop: 3);
        _ring.Receive(Id("a1"), new Message.Ack(High, 4));
        _ring.Receive(Id("z1"), new Message.Ack(High, 3));
        _ring.Receive(Id("z1"), new Message.Ack(Solo.Generation(8, "a1"), 4));
        Assert.Equal(40, DueIn);

        _ring.Receive(Id("z1"), new Message.Ack(High, 4));
        Assert.Equal(379, DueIn);
    }

    [Fact]
    public void Pass_RefusedByALaterStart_GoesOnInANewGenerationAndTheStartIsNoted()
    {
        Bring(hop: 3);
        _ring.Receive(Peer("z1"), new Message.Nack(High, 4, new Incarnation(2)), Turn);

        Assert.Equal(2, Peer("z1").Member.Incarnation.Value);
        Assert.Equal(("a1", Solo.Generation(10, "m1")), (Passes()[^1].To.Name, Passes()[^1].Token.Generation));
        Assert.Contains("started again", Made().Single().Why, StringComparison.Ordinal);

        // It says so twice.
        _ring.Receive(Peer("z1"), new Message.Nack(High, 4, new Incarnation(2)), Turn);
        Assert.Single(Made());
    }

    [Fact]
    public void Pass_WhoseReceiverIsStartedAgain_IsRepeatedForTheStartThatItWasSentTo()
    {
        Bring(hop: 3);
        _members.NoteIncarnation(Peer("z1"), new Incarnation(2), Turn);

        Wait(40);

        Assert.Equal([1, 1], Sent<Message.Pass>("z1").Select(pass => pass.To.Value));
    }

    [Fact]
    public void Pass_AnsweredWithAHigherGeneration_IsOver()
    {
        Bring(hop: 3);
        _ring.Receive(Id("z1"), new Message.Stale(High, 4, Solo.Generation(12, "z1")));
        Assert.Equal(Solo.Generation(12, "z1"), _ring.Seen);

        Wait(300);

        Assert.Single(Passes());
        Assert.False(Peer("z1").Suspected);
        _ring.Receive(Id("z1"), new Message.Stale(High, 4, Solo.Generation(11, "z1")));
        Assert.Equal(Solo.Generation(12, "z1"), _ring.Seen);
    }

    [Fact]
    public void Token_InHandThatTurnsOutToBeOld_IsDropped()
    {
        Bring(hop: 3, quietHops: 1000);
        _ring.Receive(Id("z1"), new Message.Stale(High, 1, High));
        Assert.True(_ring.IsHere);

        _ring.Receive(Id("z1"), new Message.Stale(High, 1, Solo.Generation(9, "b1")));

        Assert.False(_ring.IsHere);
        Wait(300);
        Assert.Empty(Passes());
    }

    [Fact]
    public void Token_OfAHigherGeneration_EndsThePassOfTheOneBefore()
    {
        Bring(hop: 3);
        Forget();

        Bring(new Token(Solo.Generation(10, "a1"), 1, 7, 1000, EquatableList<LoadRow>.Empty));

        Assert.Equal(new Message.Ack(Solo.Generation(10, "a1"), 1), Assert.Single(Sent<Message.Ack>("a1")));
        Wait(200);
        Assert.Empty(Passes());
        Wait(DueIn);
        Assert.Equal(Solo.Generation(10, "a1"), Assert.Single(Passes()).Token.Generation);
    }

    [Fact]
    public void Inquiry_IsAnsweredWithHowLongAgoTheTokenWasHere()
    {
        TimeSpan? Answer()
        {
            _ring.Receive(Peer("a1"), new Message.Inquire(3), Turn);
            var answer = Sent<Message.Alive>("a1").Last();
            Assert.Equal(3, answer.Nonce);
            return answer.SeenAgo;
        }

        Assert.Null(Answer());
        Bring(hop: 3, quietHops: 1000);
        Wait(100);
        Assert.Equal(TimeSpan.Zero, Answer());
        Wait(250);
        Assert.Single(Passes());
        Assert.Equal(TimeSpan.Zero, Answer());
        Acknowledge();
        Wait(50);
        Assert.Equal(_now - TimeSpan.FromSeconds(100) - Pace.IdlePause(3), Answer());
    }

    [Theory]
    [InlineData(0, false, false, 412)]
    [InlineData(1000, false, false, 3400)]
    [InlineData(1000, true, false, 520)]
    [InlineData(0, false, true, 1400)]
    [InlineData(1000, false, true, 3400)]
    public void LostToken_IsAskedForAfterSomeLapsAtThePaceThatItHad(int quietHops, bool jobsWait, bool rests, int limit)
    {
        (_members, _ring) = Start(0, "a1", "k1", "z1");
        Bring(
            new Token(High, 3, 7, quietHops, Table(Solo.Row("a1", 0, jobsWait ? 1 : 0), Solo.Row("z1", 1, 0)))
            {
                Giver = rests ? Id("a1") : default,
                Rests = rests,
            }
        );
        Wait(_ring.IsHere ? DueIn : 0);
        Acknowledge();

        Assert.Equal(limit, DueIn);
        Wait(limit - 1);
        Assert.Empty(Sent<Message.Inquire>("a1"));
        Wait(1);
        Assert.All(["a1", "k1", "z1"], peer => Assert.Single(Sent<Message.Inquire>(peer)));
    }

    [Fact]
    public void LostToken_WhilePlentyWaitsEverywhere_WentAsSlowlyAsInAnIdleRing()
    {
        (_members, _ring) = Start(0, "a1", "k1", "z1");
        Bring(new Token(High, 3, 7, 1000, new EquatableList<LoadRow>(Solo.Row("a1", 2, 20))));
        Wait(DueIn);
        Acknowledge();

        Assert.Equal(3400, DueIn);
    }

    [Fact]
    public void LostToken_AgainAndAgain_IsAskedForLessAndLessOften()
    {
        Bring(hop: 3);
        var limits = new List<double>();
        for (var i = 0; i < 7; i++)
        {
            Acknowledge();
            limits.Add(DueIn);
            Lose();
        }

        Assert.Equal([379, 748, 1486, 2962, 5914, 11818, 11818], limits);
        Assert.Equal(Enumerable.Range(10, 7).Select(epoch => new Record.Minted(epoch)), _output.Records);
        Assert.All(Made(), made => Assert.Equal("it was lost", made.Why));

        Bring(new Token(Solo.Generation(99, "a1"), 1, 7, 0, EquatableList<LoadRow>.Empty));
        Acknowledge();
        Assert.Equal(379, DueIn);
    }

    [Fact]
    public void NewToken_HasAHigherEpochThanAnyMadeHereAndAnySeen()
    {
        (_members, _ring) = Start(41, "a1", "z1");
        Bring(hop: 3);
        Acknowledge();
        Lose();
        Assert.Equal(Solo.Generation(42, "m1"), _ring.Seen);

        Bring(new Token(Solo.Generation(50, "a1"), 1, 7, 0, EquatableList<LoadRow>.Empty));
        Acknowledge();
        Lose();
        Assert.Equal(Solo.Generation(51, "m1"), _ring.Seen);
        Assert.Equal([new Record.Minted(42), new Record.Minted(51)], _output.Records);
    }

    [Fact]
    public void NewToken_AfterALoss_GoesOnWithTheLapAndTheRowsThatWereKnown()
    {
        var row = Solo.Row("a1", 1, 0);
        Bring(new Token(High, 3, 7, 0, new EquatableList<LoadRow>(row)));
        Acknowledge();

        Lose();

        var token = Passes()[^1].Token;
        Assert.Equal((Solo.Generation(10, "m1"), 1, 7), (token.Generation, token.Hop, token.Lap));
        Assert.Equal([row], token.Table);
    }

    [Fact]
    public void Question_WhoeverDoesNotAnswerWithinATenthOfASecond_HasNotSeenIt()
    {
        Ask();
        Answer("a1", null);

        Wait(99);
        Assert.Empty(Made());
        Wait(1);
        Assert.Single(Made());
    }

    [Fact]
    public void Question_ThatAllHaveAnswered_IsDecidedAtOnce()
    {
        Ask();
        Answer("a1", null);
        Answer("a1", null);
        Answer("z1", null, ofAnother: true);
        Assert.Empty(Made());

        Answer("z1", Milliseconds(379));
        Assert.Single(Made());
    }

    [Fact]
    public void Question_WhereTheLastThatWasAwaitedIsLost_IsDecidedAtOnce()
    {
        Ask();
        Answer("a1", null);

        _ring.Suspect(Peer("z1"), "gone", Turn);
        _ring.Tick(Turn);

        Assert.Single(Made());
    }

    [Fact]
    public void Question_OfOneWhoseOthersAreAllMissed_IsDecidedAtOnce()
    {
        Bring(hop: 3);
        Acknowledge();
        _ring.Suspect(Peer("a1"), "gone", Turn);
        _ring.Suspect(Peer("z1"), "gone", Turn);

        Wait(15);

        Assert.Single(Made());
        Assert.True(_ring.IsHere);
    }

    [Fact]
    public void Question_OfWhichSomebodySawTheToken_IsAskedAgainAfterTheSameTime()
    {
        Ask();
        Answer("z1", Milliseconds(378));

        Assert.Equal(379, DueIn);
        Answer("a1", null);
        Assert.Empty(Made());
    }

    [Fact]
    public void Question_ThatLeadsToNothingThreeTimes_AlsoAsksWhoIsStillThere()
    {
        Ask();
        Answer("a1", TimeSpan.Zero);
        Wait(DueIn);
        Answer("a1", TimeSpan.Zero);
        Assert.Empty(Sent<Message.Hello>("a1"));

        Wait(DueIn);
        Assert.Single(Sent<Message.Hello>("a1"));
        Assert.Single(Sent<Message.Hello>("z1"));
    }

    [Fact]
    public void Question_AfterATokenInBetween_CountsFromOne()
    {
        for (var hop = 3; hop < 15; hop += 3)
        {
            Ask(hop);
            Answer("a1", TimeSpan.Zero);
        }

        Assert.Empty(Sent<Message.Hello>("a1"));
    }

    [Fact]
    public void Question_IsOverWhenTheTokenComes()
    {
        Ask();
        Bring(hop: 6, quietHops: 1000);
        Answer("a1", null);
        Answer("z1", null);

        Wait(200);

        Assert.Empty(Made());
        Assert.True(_ring.IsHere);
    }

    [Fact]
    public void PeerLost_WhileTheTokenIsAway_MakesTheQuestionAQuickOneByRank()
    {
        Bring(hop: 3);
        Acknowledge();
        Wait(100);

        _ring.Suspect(Peer("z1"), "gone", Turn);

        // One that answers comes before this one.
        Assert.Equal(25, DueIn);
        Wait(25);
        Assert.Single(Sent<Message.Inquire>("a1"));
        Assert.Empty(Sent<Message.Inquire>("z1"));
        Answer("a1", Milliseconds(15));
        Assert.Single(Made());
    }

    [Fact]
    public void PeerLost_TokenGoesOnElsewhere_IsAskedForQuicklyUntilSomebodyHasIt()
    {
        Bring(hop: 3);
        Acknowledge();
        _ring.Suspect(Peer("z1"), "gone", Turn);
        Wait(DueIn);

        Answer("a1", Milliseconds(5));
        Assert.Equal(15, DueIn);
        Wait(DueIn);
        Answer("a1", TimeSpan.Zero);
        Assert.True(DueIn > 300);

        // That the same peer is lost is no news.
        _ring.Suspect(Peer("z1"), "gone", Turn);
        Assert.True(DueIn > 300);
    }

    [Fact]
    public void PeerLost_JustBeforeTheTokenIsAskedForAnyhow_DelaysNothing()
    {
        Bring(hop: 3);
        Acknowledge();
        Wait(DueIn - 5);

        _ring.Suspect(Peer("z1"), "gone", Turn);

        Assert.Equal(5, DueIn);
    }

    [Fact]
    public void PeerLost_WhileTheTokenIsHereOrOnItsWay_IsNoReasonToAsk()
    {
        (_members, _ring) = Start(0, "a1", "b1", "x1", "z1");
        Bring(hop: 3, quietHops: 1000);
        _ring.Suspect(Peer("b1"), "gone", Turn);
        Wait(DueIn);
        Assert.Equal("x1", Passes()[^1].To.Name);

        _ring.Suspect(Peer("z1"), "gone", Turn);
        Acknowledge();
        Assert.True(DueIn > 1000);

        Wait(DueIn);
        Answer("a1", Milliseconds(1000));
        Answer("x1", null);
        Assert.Empty(Made());
    }

    [Fact]
    public void PeerLost_WhileTheTokenIsAskedFor_MakesTheNextQuestionNoQuickerOne()
    {
        Ask();
        _ring.Suspect(Peer("z1"), "gone", Turn);

        Answer("a1", Milliseconds(5));

        Assert.True(DueIn > 300);
    }

    [Fact]
    public void Pause_OfThisExecutor_GivesAllItsLimitsAnew()
    {
        Bring(hop: 3);
        Wait(125);
        _now += TimeSpan.FromSeconds(5);
        _ring.ForgivePause(Turn);
        Assert.Equal(40, DueIn);
        Wait(279);
        Assert.False(Peer("z1").Suspected);
        Acknowledge();

        Wait(DueIn);
        _now += TimeSpan.FromSeconds(5);
        _ring.ForgivePause(Turn);
        Assert.Equal(379, DueIn);
        _ring.Tick(Turn);
        Assert.Empty(Made());
    }

    [Fact]
    public void Wake_OfWhoHasTheToken_SendsItOnAtOnceAndInAHurry()
    {
        Bring(hop: 3, quietHops: 1000);
        Wait(100);

        _ring.Wake(Turn);
        _ring.Tick(Turn);

        Assert.Equal(0, Assert.Single(Passes()).Token.QuietHops);
    }

    [Fact]
    public void Wake_OfAnother_SendsTheTokenOnAtOnceWhenItComes()
    {
        _ring.Wake(Turn);

        Bring(hop: 3, quietHops: 1000);
        Assert.Equal(0, Assert.Single(Passes()).Token.QuietHops);
        Acknowledge();

        // And only then.
        Bring(hop: 6, quietHops: 1000);
        Assert.Single(Passes());
    }

    [Theory]
    [InlineData(false, 0, 0, false)]
    [InlineData(true, 0, 0, true)]
    [InlineData(false, 1, 0, true)]
    [InlineData(false, 0, 5, false)]
    [InlineData(false, 0, 6, true)]
    public void SecondLook_SendsTheTokenOnWhenOthersHaveToActOrHear(bool movesAreDue, int waiting, int handedOver, bool goesOn)
    {
        Bring(hop: 3, quietHops: 1000);
        Wait(10);
        (_movesAreDue, _handedOver) = (movesAreDue, handedOver);
        _visit = token => token with { Table = Table(Solo.Row("m1", 2, waiting)) };

        _ring.LookAgain(Turn);
        _ring.Tick(Turn);

        Assert.Equal(goesOn ? 1 : 0, Passes().Count);
    }

    [Fact]
    public void SecondLook_WhereTheOthersHaveHeardThatJobsWait_KeepsTheToken()
    {
        _visit = token => token with { Table = Table(Solo.Row("m1", 2, 1)) };
        Bring(hop: 3);
        Acknowledge();

        Bring(hop: 6, quietHops: 1000, Solo.Row("m1", 2, 1));
        _ring.LookAgain(Turn);
        _ring.Tick(Turn);

        Assert.Single(Passes());
    }

    [Fact]
    public void SecondLook_ThatHandsJobsOver_MakesTheTokenRestHere()
    {
        Bring(hop: 3, quietHops: 1000);
        Assert.True(_ring.RestsWith.IsNone);
        _handedOver = 1;

        _ring.LookAgain(Turn);

        Assert.Equal(Self.Id, _ring.RestsWith);
    }

    [Fact]
    public void RestsWith_OneThatTheTokenDoesNotVisit_IsNobody()
    {
        Bring(new Token(High, 3, 7, 0, Table(Solo.Row("a1", 0, 0))) { Giver = Id("a1"), Rests = true });
        Assert.Equal(Id("a1"), _ring.RestsWith);
        Assert.True(_ring.IsSlow);
        Acknowledge();

        Bring(new Token(High, 6, 7, 0, EquatableList<LoadRow>.Empty) { Giver = Id("a1"), Rests = true });
        Assert.True(_ring.RestsWith.IsNone);
        Assert.False(_ring.IsSlow);
        Assert.False(Passes()[^1].Token.Rests);
    }

    [Fact]
    public void IsSlow_WhileTheTokenIsHereOrGoesWithPauses()
    {
        Assert.False(_ring.IsSlow);
        Bring(hop: 3, quietHops: 5);
        Assert.True(_ring.IsSlow);
        Assert.True(_ring.IsHere);
        Wait(DueIn);
        Acknowledge();
        Assert.True(_ring.IsSlow);

        Bring(hop: 6, quietHops: 4);
        Assert.False(_ring.IsHere);
        Assert.False(_ring.IsSlow);
    }

    [Fact]
    public void Token_ThatRestsWithAnother_GoesOnAtOnceUnlessMovesAreDueAnyhow()
    {
        var token = new Token(High, 3, 7, 1000, Table(Solo.Row("a1", 0, 0), Solo.Row("m1", 0, 0))) { Giver = Id("a1"), Rests = true };
        Bring(token);
        Assert.Equal(1001, Assert.Single(Passes()).Token.QuietHops);
        Acknowledge();

        _movesAreDue = true;
        Bring(token with { Hop = 6 });
        Assert.Equal(Pace.IdlePause(3).TotalMilliseconds, DueIn);
    }

    [Fact]
    public void Token_ThatRestsHere_StaysForALapOfAnIdleRingAndIsGivenUpWithoutUse()
    {
        (_members, _ring) = Start(0, "a1", "k1", "z1");
        var token = new Token(High, 3, 7, 1000, Table(Solo.Row("a1", 0, 0), Solo.Row("m1", 0, 0))) { Giver = Self.Id, Rests = true };
        _handedOver = 4;
        Bring(token);
        Assert.Equal(1000, DueIn);
        Assert.Equal(Self.Id, _ring.RestsWith);

        _handedOver = 0;
        Wait(1000);
        Assert.True(_ring.RestsWith.IsNone);
        Assert.Equal((default, false), (Passes()[^1].Token.Giver, Passes()[^1].Token.Rests));
        Acknowledge();

        // Where jobs wait that nobody has heard of, it goes by its pace.
        _visit = visited => visited with { Table = Table(Solo.Row("a1", 0, 0), Solo.Row("m1", 2, 1)) };
        Bring(token with { Hop = 7 });
        Assert.Equal(4, DueIn);
    }

    [Fact]
    public void Token_ThatWouldRestHere_GoesOnAtOnceWhenAnotherHasCalledForIt()
    {
        var token = new Token(High, 3, 7, 1000, Table(Solo.Row("m1", 0, 0))) { Giver = Self.Id, Rests = true };
        _handedOver = 3;
        Bring(token);
        Assert.True(_ring.IsHere);
        Wait(DueIn);
        Acknowledge();

        _ring.Wake(Turn);
        Bring(token with { Hop = 6 });

        Assert.False(_ring.IsHere);
        Assert.Equal(0, Passes()[^1].Token.QuietHops);
    }

    [Fact]
    public void Visit_OfATokenThatHasNotBeenAwaySince_IsToldSo()
    {
        Bring(hop: 3, quietHops: 1000);
        Assert.Equal([false], _again);
        _ring.LookAgain(Turn);
        Wait(DueIn);
        Assert.Equal([false, true, true], _again);
        Acknowledge();

        Bring(hop: 6);
        Assert.Equal([false, true, true, false], _again);
    }

    [Fact]
    public void Token_ThatMovedWorthARound_GoesOnAtOnce()
    {
        _handedOver = 6;
        Bring(hop: 3, quietHops: 1000);
        Assert.Equal(0, Assert.Single(Passes()).Token.QuietHops);
        Acknowledge();

        _handedOver = 5;
        Bring(hop: 6, quietHops: 1000);
        Assert.Single(Passes());
    }

    [Theory]
    [InlineData("a1 m1", "a1 m1", 1001)]
    [InlineData("a1 m1", "a1 m1+", 12)]
    [InlineData("a1+ m1", "a1+ m1", 1001)]
    [InlineData("a1", "a1 m1", 1001)]
    [InlineData("a1+", "a1+ m1", 1001)]
    [InlineData("a1", "a1 m1+", 0)]
    [InlineData("a1 m1 z1", "a1 m1", 1001)]
    [InlineData("a1 m1", "m1", 0)]
    [InlineData("a1 m1 z1", "a1 m1+ z1", 12)]
    public void News_AreChangesOfTheTableThatAreNotMadeInEveryLap(string before, string after, int quietHops)
    {
        _visit = token => token with { Table = Rows("a1 m1") };
        Bring(hop: 3);
        Acknowledge();
        _visit = token => token with { Table = Rows(after) };

        Bring(new Token(High, 6, 7, 1000, Rows(before)));
        Wait(_ring.IsHere ? DueIn : 0);

        Assert.Equal(quietHops, Passes()[^1].Token.QuietHops);

        static EquatableList<LoadRow> Rows(string rows) =>
            Table([.. rows.Split(' ').Select(row => Solo.Row(row.TrimEnd('+'), row.EndsWith('+') ? 1 : 0, 0, slots: 4))]);
    }

    [Fact]
    public void News_WhileMovesAreDue_SendTheTokenOnAtOnce()
    {
        _movesAreDue = true;
        Bring(hop: 3, quietHops: 1000, Solo.Row("m1", 0, 0));
        Wait(DueIn);
        Assert.Equal(1001, Passes()[^1].Token.QuietHops);
        Acknowledge();

        _visit = token => token with { Table = Table(Solo.Row("m1", 1, 0)) };
        Bring(hop: 6, quietHops: 1000, Solo.Row("m1", 0, 0));
        Assert.Equal((2, 0), (Passes().Count, Passes()[^1].Token.QuietHops));
    }

    [Fact]
    public void News_WhileAllHavePlenty_DoNotKeepTheTokenRunning()
    {
        _visit = token => token with { Table = Table(Solo.Row("m1", 2, 19)) };
        Bring(hop: 3, quietHops: 1000, Solo.Row("m1", 2, 20));
        Wait(DueIn);

        Assert.Equal(1001, Passes()[^1].Token.QuietHops);
    }

    [Theory]
    [InlineData(false, 0, 1001)]
    [InlineData(false, 1, 12)]
    [InlineData(true, 1, 0)]
    public void News_ThatCameUpWhileTheTokenStayedHere_CountWhenItGoesOn(bool movesAreDue, int running, int quietHops)
    {
        Bring(hop: 3, quietHops: 1000, Solo.Row("m1", 0, 0));
        _movesAreDue = movesAreDue;
        _visit = token => token with { Table = Table(Solo.Row("m1", running, 0)) };

        Wait(DueIn);

        var token = Assert.Single(Passes()).Token;
        Assert.Equal(quietHops, token.QuietHops);
        Assert.Equal([Solo.Row("m1", running, 0)], token.Table);
        Assert.Equal(token.Table, _ring.LastTable);
    }

    private static ExecutorId Id(string id) => ExecutorId.Parse(id);

    private static TimeSpan Milliseconds(double time) => TimeSpan.FromMilliseconds(time);

    private static EquatableList<LoadRow> Table(params LoadRow[] rows) => new(rows);

    private static CoreSettings Settings() => new() { Self = Self, Slots = 2 };

    private TokenRing RingOf(CoreSettings settings, long mintedEpoch) =>
        new(settings, _members, mintedEpoch, Now)
        {
            Visit = (token, again, _) =>
            {
                _again.Add(again);
                return _visit(token);
            },
            HandedOver = () => _handedOver,
            MovesAreDue = () => _movesAreDue,
        };

    /// <summary>A start whose peers have answered already; what was said up to then is forgotten.</summary>
    private (Membership Members, TokenRing Ring) Start(long mintedEpoch, params string[] peers)
    {
        _members = new Membership(Settings(), [.. peers.Select(peer => Solo.MemberOf(peer))], Now);
        _members.Tick(Turn);
        foreach (var peer in peers)
        {
            var answer = new Message.HelloAck(Sent<Message.Hello>(peer).Last().Nonce, new EquatableList<Member>(Solo.MemberOf(peer)));
            _members.Receive(Id(peer), answer, Turn);
        }

        Forget();
        return (_members, RingOf(Settings(), mintedEpoch));
    }

    private Peer Peer(string id) => _members.Find(Id(id))!;

    private void Bring(long hop, int quietHops = 0, params LoadRow[] rows) => Bring(new Token(High, hop, 7, quietHops, Table(rows)));

    private void Bring(Token token) => _ring.Receive(Peer("a1"), new Message.Pass(Self.Incarnation, token), Turn);

    /// <summary>The last pass arrived.</summary>
    private void Acknowledge()
    {
        var (to, token) = Passes()[^1];
        _ring.Receive(to.Id, new Message.Ack(token.Generation, token.Hop));
    }

    /// <summary>Lets the token come and go, and nothing be heard of it until it is asked for.</summary>
    private void Ask(long hop = 3)
    {
        Bring(hop);
        Acknowledge();
        Wait(DueIn);
        Assert.NotEmpty(Sent<Message.Inquire>("a1"));
    }

    private void Answer(string peer, TimeSpan? seenAgo, bool ofAnother = false) =>
        _ring.Receive(Id(peer), new Message.Alive(Sent<Message.Inquire>("a1").Last().Nonce - (ofAnother ? 1 : 0), seenAgo), Turn);

    /// <summary>Waits until the token is asked for, of which nobody knows.</summary>
    private void Lose()
    {
        Wait(DueIn);
        Answer("a1", null);
        Answer("z1", null);
    }

    /// <summary>Lets time pass, with a tick at each deadline.</summary>
    private void Wait(double milliseconds)
    {
        var end = _now + Milliseconds(milliseconds);
        for (var ticks = 0; _ring.NextDeadline <= end; ticks++)
        {
            Assert.True(ticks < 1000, "A deadline does not move.");
            _now = _ring.NextDeadline > _now ? _ring.NextDeadline : _now;
            _ring.Tick(Turn);
        }

        _now = end;
    }

    private IEnumerable<T> Sent<T>(string to)
        where T : Message => Sends().Where(send => send.To.Id == Id(to)).Select(send => send.Message).OfType<T>();

    private List<(Member To, Token Token)> Passes() =>
        [.. Sends().Where(send => send.Message is Message.Pass).Select(send => (send.To, ((Message.Pass)send.Message).Token))];

    private IEnumerable<Effect.Send> Sends() => Listen().OfType<Effect.Send>();

    private CoreEvent.TokenMade[] Made() => [.. Listen().OfType<Effect.Note>().Select(note => note.Event).OfType<CoreEvent.TokenMade>()];

    /// <summary>What was said up to now, in its order.</summary>
    private List<Effect> Listen()
    {
        _said.AddRange(_output.Prompt);
        _said.AddRange(_output.Effects);
        _output.Prompt.Clear();
        _output.Effects.Clear();
        return _said;
    }

    private void Forget()
    {
        _output.Clear();
        _said.Clear();
    }
}
