namespace Rondo.Core.Tests;

/// <summary>An executor that is about to stop.</summary>
public sealed class QuiesceTests
{
    private static readonly Instant Now = new(TimeSpan.FromSeconds(1), DateTimeOffset.UnixEpoch);
    private readonly StepOutput _output = new();

    private readonly ExecutorCore _core = new(
        new CoreSettings
        {
            Self = new Member
            {
                Id = ExecutorId.Parse("a1"),
                Incarnation = new Incarnation(1),
                Name = "a",
                RingAddress = "a:1",
                HttpAddress = "a:2",
                Capabilities = new Capabilities(true, EquatableList<string>.Empty),
            },
            Slots = 1,
        },
        Recovered.Nothing,
        Now
    );

    [Fact]
    public void RunningJob_InterruptedAfterQuiesce_NoOtherStartsAndNoneIsTaken()
    {
        _core.Start(Now, _output);
        Batch(Submit(1), Submit(2));
        var started = Assert.Single(_output.Effects.OfType<Effect.Start>());

        Batch(new Input.Quiesce(new RequestId(9)));
        Batch(new Input.RunEnded(started.Id, started.Attempt, new Outcome { End = JobEnd.Failed }, Interrupted: true), Submit(3));

        Assert.Empty(_output.Effects.OfType<Effect.Start>());
        Assert.Equal([new Record.Interrupted(started.Id, Now.Wall, Crashed: false)], _output.Records);
        Assert.Equal(Refusal.Draining, Assert.IsType<Answer.Refused>(Assert.Single(_output.Effects.OfType<Effect.Reply>()).Answer).Why);
    }

    [Theory]
    [InlineData(null, JobState.Failed)]
    [InlineData(Reasons.CannotStart, JobState.Waiting)]
    public void JobThatMustNotRunTwice_InterruptedByAStop_FailsUnlessItHadNotBegun(string? reason, JobState state)
    {
        var solo = new Solo();
        var job = solo.Submit(TestExecutor.Command() with { FailOnExecutorLoss = true });
        solo.Step(new Input.Quiesce(new RequestId(9)));

        solo.Step(new Input.RunEnded(job, new Attempt(1), new Outcome { End = JobEnd.Failed, Reason = reason }, Interrupted: true));

        Assert.Equal(state, solo.View(job)!.State);
    }

    [Fact]
    public void Quiesce_WithAJobThatAnotherExecutorCanTake_IsAnsweredOnceThatOneHasIt()
    {
        var solo = new Solo(slots: 1).With("z1");
        solo.Submit();
        var waiting = solo.Submit();
        solo.Step(new Input.Quiesce(new RequestId(9)));
        Assert.DoesNotContain(solo.Effects, IsAnswer);

        solo.ReceiveToken("z1", Solo.Generation(99, "z1"), 1, Solo.Row("z1", 0, 0));
        var offered = Assert.Single(solo.Sent<Message.Offer>("z1")).Jobs.Single();
        Assert.Equal(waiting, offered.Id);
        Assert.DoesNotContain(solo.Effects, IsAnswer);

        solo.Receive("z1", new Message.Accept(new EquatableList<JobTransfer>(new JobTransfer(waiting, offered.Transfer))));
        Assert.Contains(solo.Effects, IsAnswer);
    }

    [Fact]
    public void Quiesce_WhileTheOnlyOtherExecutorIsMissed_IsAnsweredOnceThatOneIsBackAndHasTheJob()
    {
        var solo = new Solo(slots: 1).With("z1");
        solo.Submit();
        var waiting = solo.Submit();
        solo.Step(new Input.LinkBroken(ExecutorId.Parse("z1")));
        solo.Step(new Input.Quiesce(new RequestId(9)));
        Assert.DoesNotContain(solo.Effects, IsAnswer);

        solo.Greeted("z1");
        solo.ReceiveToken("z1", Solo.Generation(99, "z1"), 1, Solo.Row("z1", 0, 0));
        var offered = Assert.Single(solo.Sent<Message.Offer>("z1")).Jobs.Single();
        Assert.DoesNotContain(solo.Effects, IsAnswer);

        solo.Receive("z1", new Message.Accept(new EquatableList<JobTransfer>(new JobTransfer(waiting, offered.Transfer))));
        Assert.Contains(solo.Effects, IsAnswer);
    }

    [Fact]
    public void Quiesce_WhileAnOfferGoesToAnExecutorThatIsMissed_IsAnsweredOnceThatOneTookIt()
    {
        var solo = new Solo(slots: 1).With("z1");
        solo.Submit();
        var waiting = solo.Submit();
        solo.Step(new Input.Quiesce(new RequestId(9)));
        solo.ReceiveToken("z1", Solo.Generation(99, "z1"), 1, Solo.Row("z1", 0, 0));
        var offered = Assert.Single(solo.Sent<Message.Offer>("z1")).Jobs.Single();

        solo.Step(new Input.LinkBroken(ExecutorId.Parse("z1")));
        Assert.DoesNotContain(solo.Effects, IsAnswer);

        solo.Greeted("z1");
        solo.Receive("z1", new Message.Accept(new EquatableList<JobTransfer>(new JobTransfer(waiting, offered.Transfer))));
        Assert.Contains(solo.Effects, IsAnswer);
    }

    [Fact]
    public void Quiesce_WhileTheOnlyOtherExecutorStaysAway_IsAnsweredWithinSeconds()
    {
        var solo = new Solo(slots: 1).With("z1");
        solo.Submit();
        solo.Submit();
        solo.Step(new Input.LinkBroken(ExecutorId.Parse("z1")));
        solo.Step(new Input.Quiesce(new RequestId(9)));
        Assert.DoesNotContain(solo.Effects, IsAnswer);

        solo.Wait(TimeSpan.FromSeconds(4));

        Assert.Contains(solo.Effects, IsAnswer);
    }

    [Fact]
    public void Quiesce_WithAJobThatOnlyThisExecutorCouldRun_IsAnsweredAtOnce()
    {
        var solo = new Solo(slots: 1);
        solo.Submit();
        solo.Submit();

        solo.Step(new Input.Quiesce(new RequestId(9)));

        Assert.Contains(solo.Effects, IsAnswer);
    }

    private static bool IsAnswer(Effect effect) =>
        effect is Effect.Reply { Answer: Answer.Done, Request: var request } && request == new RequestId(9);

    private static Input.Submit Submit(long request) =>
        new(new RequestId(request), new JobTerms { Kind = JobKind.Command, Summary = "true" }, JobContent.Empty);

    private void Batch(params Input[] inputs)
    {
        _output.Clear();
        foreach (var input in inputs)
        {
            _core.Step(input, Now, _output);
        }

        _core.EndBatch(Now, _output);
    }
}
