namespace Rondo.Core.Tests;

/// <summary>What the terms of a job say of where it belongs, who can run it, and what of it is tried again.</summary>
public sealed class JobTermsTests
{
    private static readonly ExecutorId[] Members = [ExecutorId.Parse("m1"), ExecutorId.Parse("y1"), ExecutorId.Parse("z1")];

    [Fact]
    public void Terms_ThatAskForTheSame_AreThoseOfWhichOneGoesWhereTheOtherDoes()
    {
        JobTerms[] different =
        [
            TestExecutor.Command(),
            TestExecutor.Command() with
            {
                Index = 4,
            },
            TestExecutor.Command() with
            {
                Requires = new EquatableList<Label>(new Label("zone", "north")),
            },
            TestExecutor.Handler("resize"),
            TestExecutor.Handler("rotate"),
        ];

        for (var x = 0; x < different.Length; x++)
        {
            for (var y = 0; y < different.Length; y++)
            {
                var other = different[y] with { Name = "by another name", Priority = 7 };
                Assert.Equal(x == y, different[x].AsksForTheSameAs(other));
            }
        }

        Assert.True(different[0].AsksForTheSameAs(different[0]));
    }

    [Fact]
    public void Job_WithAConcurrencyKeyAndAnIdempotencyKey_BelongsToTheOwnerOfTheConcurrencyKey()
    {
        var solo = new Solo().With("y1", "z1");
        var concurrency = KeyOf("y1");

        foreach (var idempotency in new[] { KeyOf("m1"), KeyOf("y1"), KeyOf("z1"), "@z1/1", "@m1/1" })
        {
            var terms = TestExecutor.Command() with
            {
                Concurrency = new ConcurrencyLimit(concurrency, 1),
                IdempotencyKey = idempotency,
                Digest = 77,
            };
            Assert.Equal("y1", Assert.IsType<Answer.Elsewhere>(Submit(solo, terms, atHome: false)).Owner.Name);
            Assert.Equal("y1", Assert.IsType<Answer.Elsewhere>(Submit(solo, terms, atHome: true)).Owner.Name);
        }
    }

    [Fact]
    public void Submit_WhoseKeyMayBeAtAnExecutorThatDoesNotAnswer_IsToldThatItIsSafeToRepeat()
    {
        var solo = new Solo(Recovered.Nothing with { LastNumber = 9, HasKeys = true });
        var request = solo.Request(id => new Input.Submit(
            id,
            TestExecutor.Command() with
            {
                IdempotencyKey = "k",
                Digest = 77,
            },
            JobContent.Empty
        ));

        solo.Step(new Input.KeyFound("k", null, ExecutorId.Parse("z1")));

        Assert.Equal(
            new Answer.Unreachable(
                ExecutorId.Parse("z1"),
                "executor z1 may have a job of this idempotency key from before this one was there, and does not answer; "
                    + "the request is safe to repeat"
            ),
            solo.AnswerTo(request)
        );
    }

    [Theory]
    [InlineData("Shop.Orders+OutOfStock", true)]
    [InlineData("Orders+OutOfStock", true)]
    [InlineData("OutOfStock", true)]
    [InlineData("NotInStock", false)]
    [InlineData("OfStock", false)]
    [InlineData("Orders", false)]
    [InlineData("Another.Shop.Orders+OutOfStock", false)]
    public void Retry_OfAnException_IsByItsFullNameOrTheEndOfItFromADotOrAPlus(string name, bool isTriedAgain)
    {
        var solo = new Solo();
        var id = solo.Submit(
            TestExecutor.Command() with
            {
                Retries = new RetryPolicy { Max = 1, Exceptions = new EquatableList<string>(name) },
            }
        );

        solo.Step(
            new Input.RunEnded(
                id,
                new Attempt(1),
                new Outcome
                {
                    End = JobEnd.Failed,
                    Reason = Reasons.HandlerError,
                    Exception = "Shop.Orders+OutOfStock",
                },
                Interrupted: false
            )
        );

        Assert.Equal(isTriedAgain ? JobState.Scheduled : JobState.Failed, solo.View(id)!.State);
    }

    private static string KeyOf(string owner) =>
        Enumerable.Range(0, 1000).Select(i => $"key {i}").First(key => Rendezvous.OwnerOf(key, Members) == ExecutorId.Parse(owner));

    private static Answer Submit(Solo solo, JobTerms terms, bool atHome) =>
        solo.Ask(id => new Input.Submit(id, terms, JobContent.Empty) { AtHome = atHome });
}
