namespace Rondo.Core.Tests;

/// <summary>Jobs that went elsewhere and are at home again, and what their trails and errors say of it.</summary>
public sealed class TakeBackTests
{
    private static readonly Generation High = Solo.Generation(9, "y1");
    private static readonly ExecutorId _z1 = ExecutorId.Parse("z1");
    private static readonly JobTerms _onlyOnce = TestExecutor.Command() with { FailOnExecutorLoss = true };

    // An attempt may have begun unseen, except where the job was refused.
    [Theory]
    [InlineData("refuses it", "refused", 0)]
    [InlineData("offers it back", "came home", 0)]
    [InlineData("has it no more", "its holder let go of it", 1)]
    [InlineData("leaves", "executor out of the ring", 1)]
    [InlineData("leaves before it accepts", "executor out of the ring", 1)]
    public void Trail_OfAJobThatIsHereAgain_SaysWhy(string whoHasIt, string why, int attempt)
    {
        var (solo, job) = Offering();
        if (whoHasIt is "offers it back" or "has it no more" or "leaves")
        {
            Accept(solo, job);
        }

        switch (whoHasIt)
        {
            case "offers it back":
                solo.Receive("z1", Solo.Offer(job.Id.ToString(), 2));
                break;
            case "has it no more":
                solo.Step(new Input.LinkBroken(_z1));
                solo.Greeted("z1");
                Assert.Equal(job.Id, Assert.Single(Assert.Single(solo.Sent<Message.Check>("z1")).Jobs).Id);
                Refuse(solo, job);
                break;
            case "refuses it":
                Refuse(solo, job);
                break;
            default:
                Leave(solo);
                break;
        }

        var view = solo.View(job.Id)!;
        Assert.Equal(("taken_back", _z1, why), (view.Trail[^1].Event, view.Trail[^1].Executor, view.Trail[^1].Detail));
        Assert.Equal((JobState.Waiting, attempt, 0), (view.State, view.Attempt.Value, view.Crashes));
    }

    [Fact]
    public void Job_WhoseAttemptWasSeenElsewhere_GoesOnWithTheNextNumber()
    {
        var (solo, job) = Offering();
        Begin(solo, job);

        Leave(solo);

        var view = solo.View(job.Id)!;
        Assert.Equal((1, 1), (view.Attempt.Value, view.Crashes));
        solo.End(new JobId(job.Id.Home, 1));
        Assert.Equal(new Attempt(2), Assert.Single(solo.Effects.OfType<Effect.Start>(), start => start.Id == job.Id).Attempt);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void CancelledJob_ThatIsHereAgain_DoesNotRun(bool isAccepted)
    {
        var (solo, job) = Offering();
        if (isAccepted)
        {
            Accept(solo, job);
        }

        solo.Ask(request => new Input.Cancel(request, job.Id));
        Assert.False(solo.View(job.Id)!.IsFinal);
        if (isAccepted)
        {
            Leave(solo);
        }
        else
        {
            Refuse(solo, job);
        }

        var view = solo.View(job.Id)!;
        Assert.Equal((JobState.Cancelled, Reasons.CancelledByClient), (view.State, view.Reason));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Job_GivenBeforeARestartToNobodyThatIsKnownNow_IsTakenBackWithAnotherAttempt(bool isAccepted)
    {
        var (solo, job) = Offering();
        if (isAccepted)
        {
            Accept(solo, job);
        }

        var restarted = new Solo(solo.Recovered, slots: 1, incarnation: 6);

        var takenBack = Assert.Single(restarted.Records.OfType<Record.TakenBack>());
        Assert.Equal((job.Id, _z1, "executor out of the ring"), (takenBack.Id, takenBack.From, takenBack.Why));
        Assert.Equal((1, 0), (takenBack.Attempt.Value, takenBack.Crashes));
    }

    [Fact]
    public void JobThatMustNotRunAgain_WhoseExecutorIsGone_SaysSo()
    {
        var (solo, job) = Offering(_onlyOnce);
        Accept(solo, job);

        Leave(solo);

        Assert.Equal(
            "executor z1 had the job and is gone; the job asked not to run again (onExecutorLoss: fail)",
            solo.View(job.Id)!.Error
        );
    }

    [Fact]
    public void JobThatMustNotRunAgain_BegunByNobodyThatIsKnownAfterARestart_SaysSo()
    {
        var (solo, job) = Offering(_onlyOnce);
        Begin(solo, job);

        var restarted = new Solo(solo.Recovered, slots: 1, incarnation: 6);

        var view = restarted.View(job.Id)!;
        Assert.Equal((JobState.Failed, Reasons.ExecutorLost), (view.State, view.Reason));
        Assert.Equal("executor z1 had begun the job and has it no more; the job asked not to run again (onExecutorLoss: fail)", view.Error);
    }

    [Fact]
    public void Job_ThatTookTooManyExecutorsDown_SaysHowMany()
    {
        var (solo, job) = Offering();
        Begin(solo, job, crashes: 2);

        Leave(solo);

        var view = solo.View(job.Id)!;
        Assert.Equal((Reasons.CrashLimit, "the executor that ran it crashed 3 times"), (view.Reason, view.Error));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Rescue_IsNotedWhereThereWasSomethingToTakeBack(bool hasJob)
    {
        var (solo, job) = Offering();
        if (!hasJob)
        {
            Refuse(solo, job);
        }

        Leave(solo);

        var rescued = solo.Effects.OfType<Effect.Note>().Select(note => note.Event).OfType<CoreEvent.Rescued>();
        Assert.Equal(hasJob ? [new CoreEvent.Rescued(_z1, 1)] : [], rescued);
    }

    /// <summary>A core that runs one job and has offered another one to z1, under the number 1.</summary>
    private static (Solo Solo, OfferedJob Job) Offering(JobTerms? terms = null)
    {
        var solo = new Solo(slots: 1).With("y1", "z1");
        solo.Submit();
        solo.Submit(terms);
        solo.ReceiveToken("y1", High, 3, Solo.Row("y1", 2, 0), Solo.Row("z1", 0, 0));
        return (solo, Assert.Single(Assert.Single(solo.Sent<Message.Offer>("z1")).Jobs));
    }

    private static void Accept(Solo solo, OfferedJob job) =>
        solo.Receive("z1", new Message.Accept(new EquatableList<JobTransfer>(new JobTransfer(job.Id, job.Transfer))));

    private static void Refuse(Solo solo, OfferedJob job) =>
        solo.Receive("z1", new Message.Reject(new EquatableList<JobTransfer>(new JobTransfer(job.Id, job.Transfer))));

    /// <summary>The first attempt runs at z1.</summary>
    private static void Begin(Solo solo, OfferedJob job, int crashes = 0)
    {
        var held = new HeldJob(job.Id, _z1, job.Transfer, new Attempt(1), crashes, solo.Instant.Wall);
        solo.Receive("z1", new Message.Holding(new EquatableList<HeldJob>(held)));
    }

    private static void Leave(Solo solo) => solo.Receive("z1", new Message.Leave(_z1, new Incarnation(1)));
}
