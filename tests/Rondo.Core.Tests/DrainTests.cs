namespace Rondo.Core.Tests;

/// <summary>An executor that leaves in order: what others can do goes to them, what nobody can do yet stays and is told.</summary>
public sealed class DrainTests
{
    private static readonly RequestId Drain = new(900);
    private readonly Solo _solo = new Solo(slots: 1).With("z1");

    [Fact]
    public void Drain_WithNothingThere_LeavesTheRing()
    {
        _solo.Step(new Input.Drain(Drain));

        Assert.Equal(new Answer.Drained(0, 0, null, 0), Answered(Drain));
        Assert.Single(_solo.Sent<Message.Leave>("z1"));
    }

    [Fact]
    public void Drain_WithAJobThatRuns_EndsWithIt()
    {
        var job = _solo.Submit();
        _solo.Step(new Input.Drain(Drain));
        Assert.Null(Answered(Drain));

        _solo.End(job);

        Assert.Equal(new Answer.Drained(0, 0, null, 0), Answered(Drain));
    }

    [Fact]
    public void Drain_WhileAnotherHomeWaitsForTheEndOfAJob_LeavesOnceThatOneHasHeardOfIt()
    {
        var job = _solo.Submit();
        _solo.Receive("z1", new Message.Await(new EquatableList<JobId>(job)));
        _solo.Step(new Input.Drain(Drain));

        _solo.End(job);
        Assert.Equal(new JobEnded(job, DependencyState.Succeeded), Assert.Single(_solo.Sent<Message.Ended>("z1").Last().Jobs));
        Assert.Empty(_solo.Sent<Message.Leave>("z1"));
        Assert.Null(Answered(Drain));

        _solo.Receive("z1", new Message.EndedAck(new EquatableList<JobId>(job)));
        Assert.Single(_solo.Sent<Message.Leave>("z1"));
        Assert.NotNull(Answered(Drain));
    }

    [Fact]
    public void Drain_WhileAHomeHearsOfNoEnd_LeavesAllTheSame()
    {
        var job = _solo.Submit();
        _solo.Receive("z1", new Message.Await(new EquatableList<JobId>(job)));
        _solo.Step(new Input.Drain(Drain));
        _solo.End(job);

        _solo.Wait(TimeSpan.FromMinutes(1));

        Assert.NotNull(Answered(Drain));
    }

    [Fact]
    public void Drain_WithJobsThatWaitForATime_TellsOfThemAndStaysAMember()
    {
        var running = _solo.Submit();
        var first = _solo.Instant.Wall + TimeSpan.FromHours(1);
        _solo.Submit(TestExecutor.Command() with { Start = new StartTime.At(first + TimeSpan.FromHours(1)) });
        _solo.Submit(TestExecutor.Command() with { Start = new StartTime.At(first) });
        _solo.Step(new Input.Drain(Drain));
        Assert.Null(Answered(Drain));

        _solo.End(running);

        Assert.Equal(new Answer.Drained(0, 2, first, 0), Answered(Drain));
        Assert.Empty(_solo.Sent<Message.Leave>("z1"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    public void Drain_WithJobsThatWaitWhileAllOthersHavePlenty_HandsAllOfThemOver(int waiting)
    {
        _solo.Submit();
        var rest = Enumerable.Range(0, waiting).Select(_ => _solo.Submit()).ToArray();
        _solo.Step(new Input.Drain(Drain));

        _solo.ReceiveToken("z1", Solo.Generation(99, "z1"), 1, Solo.Row("z1", running: 4, waiting: 1000));

        Assert.Equal(rest, _solo.Sent<Message.Offer>("z1").SelectMany(offer => offer.Jobs).Select(offered => offered.Id));
    }

    [Fact]
    public void Drain_OfTheOnlyExecutor_EndsWithWhatRunsAndTellsOfWhatWaits()
    {
        var alone = new Solo(slots: 1);
        var running = alone.Submit();
        alone.Submit();
        alone.Step(new Input.Drain(Drain));
        Assert.Null(Answered(Drain, alone));

        alone.End(running);

        Assert.Equal(new Answer.Drained(1, 0, null, 0), Answered(Drain, alone));
    }

    [Fact]
    public void Drain_WithAJobThatNobodyCanRun_TellsOfItAndStaysAMember()
    {
        _solo.Submit(TestExecutor.Command() with { Requires = new EquatableList<Label>(new Label("gpu", "yes")) });

        _solo.Step(new Input.Drain(Drain));

        Assert.Equal(new Answer.Drained(1, 0, null, 0), Answered(Drain));
        Assert.Empty(_solo.Sent<Message.Leave>("z1"));
    }

    [Fact]
    public void Drain_WhileWhoCouldTakeAJobIsOutOfReach_WaitsForItAsLongAsItIsNotGivenUp()
    {
        var running = _solo.Submit();
        _solo.Submit();
        _solo.Step(new Input.LinkBroken(ExecutorId.Parse("z1")));
        _solo.Step(new Input.Drain(Drain));
        _solo.End(running);
        Assert.Null(Answered(Drain));

        _solo.Wait(TimeSpan.FromSeconds(30));

        Assert.Equal(new Answer.Drained(1, 0, null, 0), Answered(Drain));
    }

    [Fact]
    public void Drain_AskedAgainAfterTheLastScheduledJobIsGone_LeavesTheRing()
    {
        var job = _solo.Submit(TestExecutor.Command() with { Start = new StartTime.At(_solo.Instant.Wall + TimeSpan.FromHours(1)) });
        _solo.Step(new Input.Drain(Drain));
        _solo.Step(new Input.Cancel(new RequestId(901), job));

        _solo.Step(new Input.Drain(new RequestId(902)));

        Assert.Equal(new Answer.Drained(0, 0, null, 0), Answered(new RequestId(902)));
        Assert.Single(_solo.Sent<Message.Leave>("z1"));
    }

    [Fact]
    public void Drain_WithACron_EndsOnceAnotherExecutorHasIt()
    {
        // Any name: the executor that drains is out of the choice.
        Keep("nightly");
        _solo.Step(new Input.Drain(Drain));
        Assert.Null(Answered(Drain));
        _solo.Step(new Input.QueryCrons(new RequestId(901)));
        Assert.Equal("z1", Assert.IsType<Answer.Crons>(Answered(new RequestId(901))).Views.Single().Owner.Name);

        _solo.Step(new Input.RemoveCron(new RequestId(902), "nightly"));

        Assert.Equal(new Answer.Drained(0, 0, null, 0), Answered(Drain));
        Assert.Single(_solo.Sent<Message.Leave>("z1"));
    }

    [Fact]
    public void Drain_WithCopiesOfCrons_ForgetsThemAndDoesNotWaitForThem()
    {
        _solo.Step(new Input.SetCron(new RequestId(1), CronOf("copied") with { CopyOf = ExecutorId.Parse("z1") }));

        _solo.Step(new Input.Drain(Drain));

        Assert.Equal(new Answer.Drained(0, 0, null, 0), Answered(Drain));
        Assert.Equal(new Record.CronGone("copied"), Assert.Single(_solo.Records.OfType<Record.CronGone>()));
    }

    [Theory]
    [InlineData("z1", true)]
    [InlineData("y1", false)]
    public void Leave_OfAnExecutorWhoseCronsAreCopiedHere_ForgetsThemUnlessItWasRemoved(string from, bool forgotten)
    {
        _solo.With("y1");
        _solo.Step(new Input.SetCron(new RequestId(1), CronOf("copied") with { CopyOf = ExecutorId.Parse("z1") }));
        _solo.Step(new Input.SetCron(new RequestId(2), CronOf("other") with { CopyOf = ExecutorId.Parse("y1") }));

        _solo.Receive(from, new Message.Leave(ExecutorId.Parse("z1"), new Incarnation(1)));

        Assert.Equal(forgotten ? ["copied"] : [], _solo.Records.OfType<Record.CronGone>().Select(gone => gone.Name));
    }

    [Fact]
    public void Drain_OfTheOnlyExecutor_TellsOfTheCronThatNobodyCanTake()
    {
        var alone = new Solo();
        alone.Step(new Input.SetCron(new RequestId(1), CronOf("nightly")));

        alone.Step(new Input.Drain(Drain));

        Assert.Equal(new Answer.Drained(0, 0, null, 1), Answered(Drain, alone));
    }

    [Fact]
    public void Cron_GivenToAnExecutorThatDrains_IsRefused()
    {
        _solo.Step(new Input.Drain(Drain));

        Keep("nightly");

        Assert.Equal(Refusal.Draining, Assert.IsType<Answer.Refused>(Answered(new RequestId(1))).Why);
    }

    [Fact]
    public void Crons_OfAnExecutorThatDrains_BelongToTheOthersAlsoWhenItIsDown()
    {
        var name = Enumerable.Range(0, 100).Select(i => $"cron {i}").First(name => KeeperOf(name) == "z1");

        _solo.ReceiveToken("z1", Solo.Generation(99, "z1"), 1, Solo.Row("z1", 0, 0) with { Draining = true });
        Assert.Equal("m1", KeeperOf(name));
        _solo.Step(new Input.LinkBroken(ExecutorId.Parse("z1")));
        Assert.Equal("m1", KeeperOf(name));

        _solo.Receive("z1", new Message.Hello(1, new EquatableList<Member>(Solo.MemberOf("z1", 2))));
        Assert.Equal("z1", KeeperOf(name));
    }

    private string KeeperOf(string cron)
    {
        var request = new RequestId(950);
        _solo.Step(new Input.QueryRing(request));
        return Assert.IsType<Answer.Ring>(Answered(request)).View.KeeperOf(cron).Name;
    }

    private void Keep(string name) => _solo.Step(new Input.SetCron(new RequestId(1), CronOf(name)));

    private static Cron CronOf(string name) => new(name, new byte[] { 1 }, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, null, null);

    private Answer? Answered(RequestId request, Solo? solo = null) =>
        (solo ?? _solo).Effects.OfType<Effect.Reply>().LastOrDefault(reply => reply.Request == request)?.Answer;
}
