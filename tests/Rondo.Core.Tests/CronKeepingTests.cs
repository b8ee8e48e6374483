namespace Rondo.Core.Tests;

/// <summary>Which crons an executor keeps, which it refuses, and what it has durably noted of them.</summary>
public sealed class CronKeepingTests
{
    private static readonly ExecutorId Y1 = ExecutorId.Parse("y1");
    private static readonly ExecutorId Z1 = ExecutorId.Parse("z1");
    private static readonly DateTimeOffset At = DateTimeOffset.UnixEpoch.AddDays(1);

    [Fact]
    public void Cron_BeyondTheMost_IsRefusedButNotACopyNorAnotherDefinitionOfOneThatIsKept()
    {
        var solo = Full().With("z1");

        Assert.Equal(new Answer.Refused(Refusal.Full, "this executor keeps 10000 crons and takes no more"), Set(solo, CronOf("one more")));
        Assert.Equal(new Answer.Done(), Set(solo, CronOf("c7") with { SetAt = At.AddDays(1) }));
        Assert.Equal(new Answer.Done(), Set(solo, CronOf("copied") with { CopyOf = Z1 }));
        Assert.Equal(new Answer.Refused(Refusal.Full, "this executor keeps 10000 crons and takes no more"), Set(solo, CronOf("copied")));

        Assert.Equal(new Answer.Count(1), solo.Ask(id => new Input.RemoveCron(id, "c8")));
        Assert.Equal(new Answer.Done(), Set(solo, CronOf("one more")));
        Assert.IsType<Answer.Refused>(Set(solo, CronOf("yet one more")));
    }

    [Fact]
    public void Cron_AtOneThatDrains_IsRefusedAlsoACopy()
    {
        var solo = new Solo().With("z1");
        Set(solo, CronOf("kept"));
        solo.Request(id => new Input.Drain(id));
        var refused = new Answer.Refused(Refusal.Draining, "this executor is draining and keeps no further crons");

        Assert.Equal(refused, Set(solo, CronOf("nightly")));
        Assert.Equal(refused, Set(solo, CronOf("nightly") with { CopyOf = Z1 }));
        Assert.Equal(["kept"], Names(solo));
    }

    [Fact]
    public void Cron_ThatIsKeptAdvancedAndRemoved_IsDurablyNotedEachTime()
    {
        var solo = new Solo().With("z1");
        var cron = CronOf("nightly");
        var later = cron with { Through = At.AddHours(1), FiredFor = At.AddHours(1), LastJob = JobId.Parse("m1-1") };

        Set(solo, cron);
        Advance(solo, later);
        Set(solo, CronOf("copied") with { CopyOf = Z1 });
        solo.Ask(id => new Input.RemoveCron(id, "nightly"));
        solo.Ask(id => new Input.RemoveCron(id, "copied", Z1));

        Assert.Equal(
            [
                new Record.CronKept(cron),
                new Record.CronKept(later),
                new Record.CronKept(CronOf("copied") with { CopyOf = Z1 }),
                new Record.CronGone("nightly"),
                new Record.CronGone("copied"),
            ],
            solo.Records.Where(record => record is Record.CronKept or Record.CronGone)
        );
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Advance_ToATimeThatIsDoneWithAlready_ChangesNothing(int hours)
    {
        var solo = new Solo();
        var cron = CronOf("nightly");
        Set(solo, cron);
        solo.Forget();

        Assert.Equal(new Answer.Done(), Advance(solo, cron with { Through = At.AddHours(hours), FiredFor = At }));

        Assert.Empty(solo.Records);
        Assert.Equal([cron], Crons(solo));
    }

    [Fact]
    public void Advance_OfADefinitionThatIsNotKeptAnyMore_ChangesNothing()
    {
        var solo = new Solo();
        var cron = CronOf("nightly") with { SetAt = At.AddMinutes(1) };
        Set(solo, cron);
        solo.Forget();

        Assert.Equal(new Answer.Done(), Advance(solo, CronOf("nightly") with { Through = At.AddHours(1) }));
        Assert.Equal(new Answer.Done(), Advance(solo, CronOf("removed") with { Through = At.AddHours(1) }));

        Assert.Empty(solo.Records);
        Assert.Equal([cron], Crons(solo));
    }

    [Fact]
    public void Remove_OfACronThatIsNotHere_CountsNone()
    {
        var solo = new Solo();
        Set(solo, CronOf("nightly"));
        solo.Forget();

        Assert.Equal(new Answer.Count(0), solo.Ask(id => new Input.RemoveCron(id, "daily")));

        Assert.Empty(solo.Records);
        Assert.Equal(["nightly"], Names(solo));
    }

    [Fact]
    public void Crons_OfAStart_AreThoseOfTheLastOneInTheOrderOfTheirNames()
    {
        var solo = new Solo(Recovered.Nothing with { Crons = [CronOf("b"), CronOf("a") with { CopyOf = Z1 }, CronOf("C")] });

        Assert.Equal(["C", "a", "b"], Names(solo));
    }

    [Fact]
    public void Copies_OfAnExecutorThatLeavesInOrder_AreForgottenAndThoseOfOthersAreNot()
    {
        var solo = WithCopies();

        solo.Receive("z1", new Message.Leave(Z1, new Incarnation(1)));

        Assert.Equal(["of y1", "own"], Names(solo));
        Assert.Equal(new Record.CronGone("of z1"), Assert.Single(solo.Records.OfType<Record.CronGone>()));
    }

    [Fact]
    public void Copies_OfAnExecutorThatIsRemoved_AreKept()
    {
        var solo = WithCopies();
        solo.Step(new Input.LinkBroken(Z1));

        solo.Ask(id => new Input.Remove(id, Z1));

        Assert.Equal(["of y1", "of z1", "own"], Names(solo));
        Assert.Empty(solo.Records.OfType<Record.CronGone>());
    }

    [Fact]
    public void Copies_AtOneThatDrains_AreAllForgotten()
    {
        var solo = WithCopies();

        solo.Request(id => new Input.Drain(id));

        Assert.Equal(["own"], Names(solo));
        Assert.Equal([new Record.CronGone("of y1"), new Record.CronGone("of z1")], solo.Records.OfType<Record.CronGone>());
    }

    [Theory]
    [InlineData(false, false, false)]
    [InlineData(true, false, false)]
    [InlineData(false, true, false)]
    [InlineData(true, true, true)]
    public void Drain_WithCronsOfWhichOneCanGoToAnExecutorThatAnswers_WaitsForThatOne(bool isY1Missed, bool isZ1Missed, bool ends)
    {
        var solo = new Solo().With("y1", "z1");
        foreach (var keeper in new[] { Y1, Z1 })
        {
            var name = Enumerable.Range(0, 100).Select(i => $"cron {i}").First(name => Rendezvous.OwnerOf(name, [Y1, Z1]) == keeper);
            Set(solo, CronOf(name));
        }

        Miss(solo, isY1Missed, Y1);
        Miss(solo, isZ1Missed, Z1);
        var drain = solo.Request(id => new Input.Drain(id));

        Assert.Equal(ends ? new Answer.Drained(0, 0, null, 2) : null, solo.AnswerTo(drain));
        Assert.Empty(solo.Sent<Message.Leave>("y1"));
    }

    [Fact]
    public void Drain_WithACronWhileAllOthersDrainToo_KeepsItAndTellsOfIt()
    {
        var solo = new Solo().With("z1");
        Set(solo, CronOf("nightly"));
        solo.ReceiveToken("z1", Solo.Generation(9, "z1"), 1, Solo.Row("z1", 0, 0) with { Draining = true });

        Assert.Equal(new Answer.Drained(0, 0, null, 1), solo.Ask(id => new Input.Drain(id)));
        Assert.Empty(solo.Sent<Message.Leave>("z1"));
    }

    private static Solo Full() =>
        new(Recovered.Nothing with { Crons = [.. Enumerable.Range(0, Rondo.Core.Crons.Max).Select(i => CronOf($"c{i}"))] });

    private static Solo WithCopies()
    {
        var solo = new Solo().With("y1", "z1");
        Set(solo, CronOf("own"));
        Set(solo, CronOf("of y1") with { CopyOf = Y1 });
        Set(solo, CronOf("of z1") with { CopyOf = Z1 });
        return solo.Forget();
    }

    private static void Miss(Solo solo, bool isMissed, ExecutorId id)
    {
        if (isMissed)
        {
            solo.Step(new Input.LinkBroken(id));
        }
    }

    private static Cron CronOf(string name) => new(name, default, At, At);

    private static Answer Set(Solo solo, Cron cron) => solo.Ask(id => new Input.SetCron(id, cron));

    private static Answer Advance(Solo solo, Cron cron) => solo.Ask(id => new Input.AdvanceCron(id, cron));

    private static IEnumerable<Cron> Crons(Solo solo) =>
        Assert.IsType<Answer.Crons>(solo.Ask(id => new Input.QueryCrons(id))).Views.Select(view => view.Cron);

    private static IEnumerable<string> Names(Solo solo) => Crons(solo).Select(cron => cron.Name);
}
