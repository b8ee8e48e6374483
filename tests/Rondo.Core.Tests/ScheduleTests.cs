namespace Rondo.Core.Tests;

/// <summary>Jobs that must not start before a time.</summary>
public sealed class ScheduleTests
{
    private static JobTerms At(DateTimeOffset time) => TestExecutor.Command() with { Start = new StartTime.At(time) };

    private static JobTerms After(TimeSpan delay) => TestExecutor.Command() with { Start = new StartTime.After(delay) };

    [Fact]
    public void Job_WithAStartTime_IsScheduledUntilThenAndStartsThen()
    {
        var solo = new Solo();
        var start = solo.Instant.Wall + TimeSpan.FromMinutes(10);
        var id = solo.Submit(At(start));

        var view = solo.View(id)!;
        Assert.Equal((JobState.Scheduled, Reasons.StartTime, start), (view.State, view.Reason, view.NextAttemptAt));
        solo.Wait(TimeSpan.FromMinutes(10) - TimeSpan.FromMilliseconds(1));
        Assert.Empty(solo.Effects.OfType<Effect.Start>());

        solo.Wait(TimeSpan.FromMilliseconds(1));
        Assert.Equal(id, Assert.Single(solo.Effects.OfType<Effect.Start>()).Id);
        Assert.Equal(JobState.Running, solo.View(id)!.State);
    }

    [Fact]
    public void Job_WithAStartTimeThatIsOver_StartsAtOnce()
    {
        var solo = new Solo();
        solo.Submit(At(solo.Instant.Wall - TimeSpan.FromDays(1)));

        Assert.Single(solo.Effects.OfType<Effect.Start>());
    }

    [Fact]
    public void Jobs_WithDelays_StartInTheOrderOfTheirTimes()
    {
        var solo = new Solo(slots: 10);
        var late = solo.Submit(After(TimeSpan.FromSeconds(3)));
        var early = solo.Submit(After(TimeSpan.FromSeconds(2)));
        var never = solo.Submit(After(TimeSpan.MaxValue));

        solo.Wait(TimeSpan.FromSeconds(10));

        Assert.Equal([early, late], solo.Effects.OfType<Effect.Start>().Select(start => start.Id));
        Assert.Equal(JobState.Scheduled, solo.View(never)!.State);
    }

    [Fact]
    public void StartTime_WhenTheClockIsSetForward_IsNoticedWithinASecond()
    {
        var solo = new Solo();
        solo.Submit(At(solo.Instant.Wall + TimeSpan.FromHours(5)));

        solo.SetClock(TimeSpan.FromHours(5));
        solo.Wait(TimeSpan.FromSeconds(1));

        Assert.Single(solo.Effects.OfType<Effect.Start>());
    }

    [Fact]
    public void StartTime_WhenTheClockIsSetBack_IsStillThatTime()
    {
        var solo = new Solo();
        solo.Submit(At(solo.Instant.Wall + TimeSpan.FromMinutes(1)));

        solo.SetClock(-TimeSpan.FromHours(1));
        solo.Wait(TimeSpan.FromMinutes(60));
        Assert.Empty(solo.Effects.OfType<Effect.Start>());

        solo.Wait(TimeSpan.FromMinutes(1));
        Assert.Single(solo.Effects.OfType<Effect.Start>());
    }

    [Theory]
    [InlineData(5)]
    [InlineData(-5)]
    public void Delay_WhenTheClockIsSet_IsAsLongAsBefore(int hours)
    {
        var solo = new Solo();
        solo.Submit(After(TimeSpan.FromMinutes(1)));

        solo.SetClock(TimeSpan.FromHours(hours));
        solo.Wait(TimeSpan.FromSeconds(59));
        Assert.Empty(solo.Effects.OfType<Effect.Start>());

        solo.Wait(TimeSpan.FromSeconds(1));
        Assert.Single(solo.Effects.OfType<Effect.Start>());
    }

    [Fact]
    public void Scheduled_Job_IsScheduledForTheSameTimeAfterARestart()
    {
        var before = new Solo();
        var id = before.Submit(After(TimeSpan.FromSeconds(30)));

        var after = new Solo(before.Recovered);
        Assert.Equal(JobState.Scheduled, after.View(id)!.State);
        after.Wait(TimeSpan.FromSeconds(29));
        Assert.Empty(after.Effects.OfType<Effect.Start>());
        after.Wait(TimeSpan.FromSeconds(1));
        Assert.Single(after.Effects.OfType<Effect.Start>());
    }

    [Fact]
    public void Scheduled_Job_WhoseTimeCameWhileTheExecutorWasDown_StartsAtOnce()
    {
        var before = new Solo();
        before.Submit(At(before.Instant.Wall));

        Assert.Single(new Solo(before.Recovered).Effects.OfType<Effect.Start>());
    }

    [Fact]
    public void Scheduled_Job_ThatIsCancelled_IsFinalAndNeverStarts()
    {
        var solo = new Solo();
        var id = solo.Submit(After(TimeSpan.FromSeconds(1)));

        solo.Step(new Input.Cancel(new RequestId(77), id));
        solo.Wait(TimeSpan.FromSeconds(5));

        Assert.Equal(JobState.Cancelled, solo.View(id)!.State);
        Assert.Empty(solo.Effects.OfType<Effect.Start>());
    }

    [Fact]
    public void Scheduled_Job_IsNeitherLoadNorHandedOver()
    {
        var solo = new Solo(slots: 1).With("z1");
        solo.Submit(After(TimeSpan.FromHours(1)));
        solo.Submit(After(TimeSpan.FromHours(1)));

        solo.ReceiveToken("z1", Solo.Generation(9, "a1"), 3, Solo.Row("z1", 0, 0));

        Assert.Empty(solo.Sent<Message.Offer>("z1"));
        var row = solo.Sent<Message.Pass>("z1").Last().Token.Table.Single(row => row.Executor == solo.Self.Id);
        Assert.Equal((0, 0), (row.Running, row.Waiting));
    }

    [Fact]
    public void Job_ThatRequiresALabel_GoesOnlyWhereItIs()
    {
        var solo = new Solo(slots: 1).With("y1", "z1");
        var north = Solo.MemberOf("z1", 2) with
        {
            Capabilities = new Capabilities(true, EquatableList<string>.Empty)
            {
                Labels = new EquatableList<Label>(new Label("zone", "north")),
            },
        };
        var terms = TestExecutor.Command() with { Requires = new EquatableList<Label>(new Label("zone", "north")) };
        var id = solo.Submit(terms);
        Assert.Equal(Reasons.NoExecutorCanRunIt, solo.View(id)!.Reason);

        solo.Receive("z1", new Message.Hello(1, new EquatableList<Member>(north)));
        solo.Greeted("z1", member: north);
        Assert.Equal(Reasons.WaitingForSlot, solo.View(id)!.Reason);
        solo.ReceiveToken("y1", Solo.Generation(9, "a1"), 3, Solo.Row("y1", 0, 0), Solo.Row("z1", 0, 0));

        Assert.Empty(solo.Sent<Message.Offer>("y1"));
        Assert.Equal(id, Assert.Single(Assert.Single(solo.Sent<Message.Offer>("z1")).Jobs).Id);
    }
}
