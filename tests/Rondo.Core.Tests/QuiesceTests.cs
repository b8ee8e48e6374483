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

        Batch(new Input.Quiesce());
        Batch(new Input.RunEnded(started.Id, started.Attempt, new Outcome { End = JobEnd.Failed }, Interrupted: true), Submit(3));

        Assert.Empty(_output.Effects.OfType<Effect.Start>());
        Assert.Equal([new Record.Interrupted(started.Id, Now.Wall, Crashed: false)], _output.Records);
        Assert.Equal(Refusal.Draining, Assert.IsType<Answer.Refused>(Assert.Single(_output.Effects.OfType<Effect.Reply>()).Answer).Why);
    }

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
