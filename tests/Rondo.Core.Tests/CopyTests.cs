namespace Rondo.Core.Tests;

/// <summary>Jobs of which there may be several copies, and their ends: one is the job's, and the others are told to stop.</summary>
public sealed class CopyTests
{
    private static readonly Generation High = Solo.Generation(9, "y1");
    private static readonly Outcome Succeeded = new() { End = JobEnd.Succeeded, ExitCode = 0 };

    [Theory]
    [InlineData("z1", false)]
    [InlineData("y1", true)]
    public void Result_OfACopy_StopsTheHolderIfItIsAnotherOne(string by, bool stops)
    {
        var (solo, job) = Away();

        solo.Receive(by, ResultOf(solo, job));

        Assert.Equal(JobState.Succeeded, solo.View(job.Id)!.State);
        Assert.Equal(stops ? [job.Id] : [], solo.Sent<Message.Cancel>("z1").SelectMany(cancel => cancel.Jobs));
        Assert.Empty(solo.Sent<Message.Cancel>("y1"));
    }

    [Fact]
    public void Result_OfACopyElsewhere_StopsTheAttemptHere()
    {
        var (solo, job) = Away();
        solo.Step(new Input.LinkBroken(ExecutorId.Parse("z1")));
        solo.Wait(TimeSpan.FromSeconds(11));
        solo.End(new JobId(job.Id.Home, 1));
        var attempt = Assert.Single(solo.Effects.OfType<Effect.Start>(), start => start.Id == job.Id).Attempt;

        solo.Receive("z1", ResultOf(solo, job));

        Assert.Equal(new Effect.Stop(job.Id, attempt), Assert.Single(solo.Effects.OfType<Effect.Stop>()));
        Assert.Equal(ExecutorId.Parse("z1"), solo.View(job.Id)!.Holder);
    }

    [Fact]
    public void Job_ThatEndsHere_StopsNothing()
    {
        var solo = new Solo();
        var id = solo.Submit();

        solo.End(id);

        Assert.Empty(solo.Effects.OfType<Effect.Stop>());
    }

    [Fact]
    public void Cancel_AskedForAgain_IsNotedOnce()
    {
        var solo = new Solo();
        var id = solo.Submit();

        solo.Ask(request => new Input.Cancel(request, id));
        solo.Ask(request => new Input.Cancel(request, id));

        Assert.Single(solo.View(id)!.Trail, entry => entry.Event == "cancel_requested");
        Assert.Single(solo.Effects.OfType<Effect.Stop>());
    }

    [Fact]
    public void Cancel_OfAHeldJob_IsItsHomesToRemember()
    {
        var solo = new Solo().With("a1");
        solo.Receive("a1", Solo.Offer("a1-7", 1));
        solo.Forget();

        solo.Receive("a1", new Message.Cancel(new EquatableList<JobId>(JobId.Parse("a1-7"))));

        Assert.Empty(solo.Records);
        Assert.Equal(JobId.Parse("a1-7"), Assert.Single(solo.Effects.OfType<Effect.Stop>()).Id);
    }

    [Fact]
    public void Question_ThatBecameDueWhileNothingRan_IsAskedAfterwards()
    {
        var solo = new Solo().With("a1");
        var awaited = new Dependency(JobId.Parse("a1-7"), DependencyCondition.End);
        solo.Submit(TestExecutor.Command() with { After = new EquatableList<Dependency>(awaited) });
        Assert.Single(solo.Sent<Message.Await>("a1"));

        solo.Sleep(TimeSpan.FromMilliseconds(250));
        solo.Step(Input.Tick.Instance);

        Assert.Equal(2, solo.Sent<Message.Await>("a1").Count());
    }

    /// <summary>A core with a job that runs here and one that runs at z1.</summary>
    private static (Solo Solo, OfferedJob Job) Away()
    {
        var solo = new Solo(slots: 1).With("y1", "z1");
        solo.Submit();
        solo.Submit();
        solo.ReceiveToken("y1", High, 3, Solo.Row("y1", 2, 0), Solo.Row("z1", 0, 0));
        var job = Assert.Single(Assert.Single(solo.Sent<Message.Offer>("z1")).Jobs);
        var held = new HeldJob(job.Id, ExecutorId.Parse("z1"), job.Transfer, new Attempt(1), 0, solo.Instant.Wall);
        solo.Receive("z1", new Message.Holding(new EquatableList<HeldJob>(held)));
        return (solo.Forget(), job);
    }

    private static Message.Result ResultOf(Solo solo, OfferedJob job) =>
        new(
            new EquatableList<JobResult>(
                new JobResult(job.Id, job.Transfer, new Attempt(1), 0, solo.Instant.Wall, solo.Instant.Wall, Succeeded)
            )
        );
}
