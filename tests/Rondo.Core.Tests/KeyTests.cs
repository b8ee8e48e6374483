namespace Rondo.Core.Tests;

/// <summary>The same idempotency key and the same job give the same id, whatever happened in between; another job gives a conflict.</summary>
public sealed class KeyTests
{
    private readonly Solo _solo = new();
    private long _request = 1000;

    [Fact]
    public void Submit_Repeated_GivesTheSameIdAndAcceptsOnce()
    {
        var first = Assert.IsType<Answer.Submitted>(Submit("k", 1));
        var second = Assert.IsType<Answer.Submitted>(Submit("k", 1));

        Assert.Equal((first.Id, false), (first.Id, first.IsKnown));
        Assert.Equal((first.Id, true), (second.Id, second.IsKnown));
        Assert.Single(_solo.Records.OfType<Record.Accepted>());
    }

    [Fact]
    public void Submit_OfAnotherJobWithTheKey_IsAConflict()
    {
        Submit("k", 1);

        var refused = Assert.IsType<Answer.Refused>(Submit("k", 2));

        Assert.Equal(Refusal.KeyConflict, refused.Why);
        Assert.Contains("'k'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Submit_AfterTheJobEnded_StillGivesItsId()
    {
        var first = Assert.IsType<Answer.Submitted>(Submit("k", 1));
        _solo.End(first.Id);

        Assert.Equal(first.Id, Assert.IsType<Answer.Submitted>(Submit("k", 1)).Id);
    }

    [Fact]
    public void Submit_AfterARestart_StillGivesTheId()
    {
        var first = Assert.IsType<Answer.Submitted>(Submit("k", 1));
        var again = new Solo(Recovered.Nothing with { LastNumber = 1, Jobs = _solo.Unfinished() });

        Assert.Equal(first.Id, Assert.IsType<Answer.Submitted>(Submit("k", 1, again)).Id);
    }

    [Fact]
    public void Submit_OfAKeyThatOnlyTheStoreKnows_WaitsForIt()
    {
        var solo = new Solo(Recovered.Nothing with { LastNumber = 9, HasKeys = true });
        Assert.Null(Submit("k", 1, solo));
        Assert.Equal("k", solo.Effects.OfType<Effect.FindKey>().Single().Key);

        var known = new KeyedJob(new JobId(solo.Self.Id, 4), 1);
        solo.Forget().Step(new Input.KeyFound("k", known));

        Assert.Equal(new Answer.Submitted(known.Id, IsKnown: true), solo.Effects.OfType<Effect.Reply>().Single().Answer);
        Assert.Empty(solo.Records);
    }

    [Fact]
    public void Submits_OfOneKeyAtOnce_AreLookedUpOnceAndGiveOneId()
    {
        var solo = new Solo(Recovered.Nothing with { LastNumber = 9, HasKeys = true });
        Submit("k", 1, solo);
        Submit("k", 1, solo);
        Submit("k", 2, solo);
        Assert.Single(solo.Effects.OfType<Effect.FindKey>());

        solo.Forget().Step(new Input.KeyFound("k", null));

        var answers = solo.Effects.OfType<Effect.Reply>().Select(reply => reply.Answer).ToArray();
        var id = new JobId(solo.Self.Id, 10);
        Assert.Equal([new Answer.Submitted(id), new Answer.Submitted(id, IsKnown: true)], answers[..2]);
        Assert.Equal(Refusal.KeyConflict, Assert.IsType<Answer.Refused>(answers[2]).Why);
        Assert.Single(solo.Records.OfType<Record.Accepted>());
    }

    [Fact]
    public void Submit_WhoseKeyMayBeAtAnExecutorThatDoesNotAnswer_IsNotTaken()
    {
        var solo = new Solo(Recovered.Nothing with { LastNumber = 9, HasKeys = true });
        Submit("k", 1, solo);

        solo.Forget().Step(new Input.KeyFound("k", null, ExecutorId.Parse("z1")));

        Assert.Equal(
            ExecutorId.Parse("z1"),
            Assert.IsType<Answer.Unreachable>(solo.Effects.OfType<Effect.Reply>().Single().Answer).Executor
        );
        Assert.Empty(solo.Records);
    }

    [Fact]
    public void Submit_OfAKeyThatBelongsElsewhere_SaysWhereAndTheOwnerTakesIt()
    {
        var one = new Solo().With("z1");
        var key = Enumerable.Range(0, 100).Select(i => $"key {i}").First(key => Submit(key, 1, one) is Answer.Elsewhere);

        Assert.Equal(ExecutorId.Parse("z1"), Assert.IsType<Answer.Elsewhere>(Submit(key, 1, one)).Owner.Id);
        Assert.IsType<Answer.Submitted>(Submit(key, 1, one, atHome: true));
    }

    [Fact]
    public void Submit_AtANewcomer_AsksTheOthersForADay()
    {
        var newcomer = new Solo().With("z1");
        var key = KeyOf(newcomer);

        Assert.Null(Submit(key, 1, newcomer));
        Assert.Equal("z1", newcomer.Effects.OfType<Effect.FindKey>().Single().Elsewhere.Single().Name);
        var known = new KeyedJob(JobId.Parse("z1-4"), 1);
        newcomer.Forget().Step(new Input.KeyFound(key, known));
        Assert.Equal(new Answer.Submitted(known.Id, IsKnown: true), newcomer.Effects.OfType<Effect.Reply>().Single().Answer);

        newcomer.Forget().Sleep(Membership.NewcomerFor);
        Assert.IsType<Answer.Submitted>(Submit(key, 1, newcomer));
    }

    [Fact]
    public void Submit_OfAKeyThatNamesAnExecutor_BelongsToThatOneAtOnce()
    {
        var newcomer = new Solo().With("z1", "y1");
        var own = $"@{newcomer.Self.Id}/1";

        var first = Assert.IsType<Answer.Submitted>(Submit(own, 1, newcomer));

        Assert.Empty(newcomer.Effects.OfType<Effect.FindKey>());
        Assert.Equal(new Answer.Submitted(first.Id, IsKnown: true), Submit(own, 1, newcomer));
        Assert.Equal("z1", Assert.IsType<Answer.Elsewhere>(Submit("@z1/1", 1, newcomer)).Owner.Name);
        Assert.Equal("y1", Assert.IsType<Answer.Elsewhere>(Submit("@y1/1", 1, newcomer)).Owner.Name);
    }

    [Theory]
    [InlineData("@gone/1")]
    [InlineData("@z1")]
    [InlineData("@/1")]
    [InlineData("@Z1/1")]
    [InlineData("z1/1")]
    public void Submit_OfAKeyThatNamesNoMember_BelongsToWhoeverTheKeyChooses(string key)
    {
        var solo = new Solo().With("z1");
        var owner = Rendezvous.OwnerOf(key, [solo.Self.Id, ExecutorId.Parse("z1")]);

        var answer = Submit(key, 1, solo, atHome: false);

        Assert.Equal(owner == solo.Self.Id, answer is not Answer.Elsewhere);
    }

    private static string KeyOf(Solo solo) =>
        Enumerable
            .Range(0, 100)
            .Select(i => $"key {i}")
            .First(key => Rendezvous.OwnerOf(key, [solo.Self.Id, ExecutorId.Parse("z1")]) == solo.Self.Id);

    private Answer? Submit(string key, ulong digest, Solo? solo = null, bool atHome = false)
    {
        solo ??= _solo;
        var request = new RequestId(++_request);
        var terms = TestExecutor.Command() with { IdempotencyKey = key, Digest = digest };
        solo.Step(new Input.Submit(request, terms, JobContent.Empty) { AtHome = atHome });
        return solo.Effects.OfType<Effect.Reply>().LastOrDefault(reply => reply.Request == request)?.Answer;
    }
}
