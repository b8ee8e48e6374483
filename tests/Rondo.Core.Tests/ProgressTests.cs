namespace Rondo.Core.Tests;

/// <summary>What running jobs say of how far they are.</summary>
public sealed class ProgressTests
{
    private static readonly JobId Foreign = JobId.Parse("a1-7");

    private static Input.Progress Said(JobId id, int? attempt = 1, RequestId? request = null) =>
        new(request, id, attempt is { } number ? new Attempt(number) : null, 40, "resizing");

    [Fact]
    public void Progress_OfAJobThatRunsAtItsHome_IsShownUntilTheAttemptEnds()
    {
        var solo = new Solo();
        var id = solo.Submit();

        solo.Step(Said(id));
        Assert.Equal(new JobProgress(40, "resizing", solo.Instant.Wall), solo.View(id)!.Progress);

        solo.Step(new Input.RunEnded(id, new Attempt(1), new Outcome { End = JobEnd.Succeeded }, Interrupted: false));
        Assert.Null(solo.View(id)!.Progress);
    }

    [Fact]
    public void Progress_OfAHeldJob_IsToldToItsHome()
    {
        var solo = new Solo().With("a1");
        solo.Receive("a1", Solo.Offer("a1-7", 1));

        solo.Step(Said(Foreign));

        var told = Assert.Single(solo.Sent<Message.Progress>("a1"));
        Assert.Equal((Foreign, new TransferNumber(1), 40), (told.Id, told.Transfer, told.Said.Percent));
        Assert.Empty(solo.Records.OfType<Record.Finished>());
    }

    [Fact]
    public void Progress_FromTheHolder_IsShownAndFromAnybodyElseIsNot()
    {
        var solo = new Solo(slots: 1).With("y1", "z1");
        solo.Submit();
        var id = solo.Submit();
        solo.ReceiveToken("z1", Solo.Generation(9, "a1"), 3, Solo.Row("z1", 0, 0));
        solo.Receive("z1", new Message.Accept(new EquatableList<JobTransfer>(Solo.Transfer(id, 1))));
        var said = new JobProgress(70, null, solo.Instant.Wall);

        solo.Receive("y1", new Message.Progress(id, new TransferNumber(1), said));
        solo.Receive("z1", new Message.Progress(id, new TransferNumber(0), said));
        Assert.Null(solo.View(id)!.Progress);

        solo.Receive("z1", new Message.Progress(id, new TransferNumber(1), said));
        Assert.Equal(said, solo.View(id)!.Progress);
    }

    [Fact]
    public void Progress_OfAnotherAttemptOrOfAJobThatDoesNotRun_IsRefused()
    {
        var solo = new Solo(slots: 1);
        var runs = solo.Submit();
        var waits = solo.Submit();

        solo.Step(Said(runs, attempt: 2, new RequestId(71)));
        solo.Step(Said(waits, attempt: null, new RequestId(72)));
        solo.Step(Said(runs, attempt: null, new RequestId(73)));

        var answers = solo.Effects.OfType<Effect.Reply>().Where(reply => reply.Request.Value > 70).Select(reply => reply.Answer).ToArray();
        Assert.Equal(Refusal.NotRunning, Assert.IsType<Answer.Refused>(answers[0]).Why);
        Assert.Equal(Refusal.NotRunning, Assert.IsType<Answer.Refused>(answers[1]).Why);
        Assert.IsType<Answer.Done>(answers[2]);
    }
}
