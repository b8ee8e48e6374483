namespace Rondo.Core.Tests;

/// <summary>When the token rests with the executor that hands jobs over.</summary>
public sealed class RestTests
{
    private const int Executors = 4;
    private static readonly ExecutorId Self = ExecutorId.Parse("m1");
    private static readonly ExecutorId Other = ExecutorId.Parse("z1");
    private static readonly TimeSpan Now = TimeSpan.FromSeconds(100);
    private static readonly TimeSpan Brief = TimeSpan.FromMilliseconds(4);
    private readonly Rest _rest = new(Self);

    [Fact]
    public void FirstGiver_AfterNobodyGaveForAWhile_NeedNotProveThatItIsTheOnlyOne()
    {
        _rest.Begin(Of(default), Executors);

        Assert.Equal(Of(Self, rests: true), _rest.Note(Of(default), 1, Executors, Now));
    }

    [Fact]
    public void Giver_AfterAnother_HasToGiveAsManyAsThereAreExecutors()
    {
        _rest.Begin(Of(Other, rests: true), Executors);

        var token = _rest.Note(Of(Other, rests: true), 3, Executors, Now);
        Assert.Equal(Of(Self, rests: false), token);

        // It counts on in the next round, unless somebody else gave meanwhile.
        _rest.Begin(token, Executors);
        Assert.Equal(Of(Self, rests: true), _rest.Note(token, 1, Executors, Now));
        _rest.Begin(Of(Other), Executors);
        Assert.Equal(Of(Self, rests: false), _rest.Note(Of(Other), 3, Executors, Now));
    }

    [Fact]
    public void Visit_ThatGivesNothing_LeavesTheTokenAsItIs()
    {
        _rest.Begin(Of(Other, rests: true), Executors);

        Assert.Equal(Of(Other, rests: true), _rest.Note(Of(Other, rests: true), 0, Executors, Now));
    }

    [Fact]
    public void Token_RestsHereOnlyOnceAllHaveHeardSoWithARound()
    {
        _rest.Begin(Of(Self, rests: false), Executors);
        var token = _rest.Note(Of(Self, rests: false), 4, Executors, Now);
        Assert.True(token.Rests);
        Assert.Equal(Brief, _rest.Pause(token, Brief, Executors));

        _rest.Begin(token, Executors);
        Assert.Equal(TimeSpan.FromSeconds(1), _rest.Pause(token, Brief, Executors));
    }

    [Fact]
    public void Token_ThatRestedElsewhere_DoesNotRestHereAtOnce()
    {
        _rest.Begin(Of(Other, rests: true), Executors);

        Assert.Equal(Brief, _rest.Pause(_rest.Note(Of(Other, rests: true), 4, Executors, Now), Brief, Executors));
    }

    [Theory]
    [InlineData("z1", true, 0)]
    [InlineData("z1", false, 4)]
    [InlineData("m1", false, 4)]
    public void Token_ThatDoesNotRestHere_GoesOnByItsPaceOrAtOnceToWhereItRests(string giver, bool rests, int pause)
    {
        var token = Of(ExecutorId.Parse(giver), rests);
        _rest.Begin(token, Executors);

        Assert.Equal(TimeSpan.FromMilliseconds(pause), _rest.Pause(token, Brief, Executors));
    }

    [Fact]
    public void Rest_WithoutUseForALapOfAnIdleRing_Ends()
    {
        _rest.Begin(Of(Self, rests: true), Executors);
        var token = _rest.Note(Of(Self, rests: true), 1, Executors, Now);

        Assert.Equal(token, _rest.End(token, Executors, Now + TimeSpan.FromMilliseconds(999)));
        Assert.Equal(Of(default), _rest.End(token, Executors, Now + TimeSpan.FromSeconds(1)));
        Assert.Equal(Of(Other, rests: true), _rest.End(Of(Other, rests: true), Executors, Now + TimeSpan.FromHours(1)));
    }

    [Fact]
    public void Round_IsWorthItAfterAsManyJobsAsItTakesMessages()
    {
        _rest.Begin(Of(Self, rests: true), Executors);
        _rest.Note(Of(Self), 5, Executors, Now);
        _rest.Note(Of(Self), 2, Executors, Now);
        Assert.False(_rest.IsWorthARound(Executors));

        _rest.Note(Of(Self), 1, Executors, Now);
        Assert.True(_rest.IsWorthARound(Executors));

        _rest.Begin(Of(Self, rests: true), Executors);
        Assert.False(_rest.IsWorthARound(Executors));
    }

    private static Token Of(ExecutorId giver, bool rests = false) =>
        new(Solo.Generation(9, "a1"), 3, 7, 0, EquatableList<LoadRow>.Empty) { Giver = giver, Rests = rests };
}
