namespace Rondo.Core.Tests;

/// <summary>A peer is told of so many jobs at once and no more: what is settled, in whatever way, makes room for the rest at once.</summary>
public sealed class WindowTests
{
    private const int All = Outbox.Window + 6;

    private static readonly Generation High = Solo.Generation(9, "y1");
    private static readonly Outcome Failed = new()
    {
        End = JobEnd.Failed,
        Reason = Reasons.ExitCode,
        ExitCode = 7,
    };

    /// <summary>How a job that z1 is told of is settled.</summary>
    public enum Way
    {
        Accepted,
        Refused,
        Reported,
        ReportedByTheNext,
        Ended,
        ComesBack,
    }

    [Theory]
    [InlineData(Way.Accepted)]
    [InlineData(Way.Refused)]
    [InlineData(Way.Reported)]
    [InlineData(Way.ReportedByTheNext)]
    [InlineData(Way.Ended)]
    [InlineData(Way.ComesBack)]
    public void Offers_BeyondTheWindow_AreMadeOnceTheOthersAreSettled(Way way)
    {
        var solo = Offering();
        var first = Offered(solo);
        var rest = Rest(solo, first);

        Settle(solo.Forget(), way, first);

        Assert.Equal(rest, Offered(solo).Select(job => job.Id));
    }

    [Theory]
    [InlineData(Way.ReportedByTheNext)]
    [InlineData(Way.Ended)]
    [InlineData(Way.ComesBack)]
    public void Cancels_BeyondTheWindow_AreSentOnceTheOthersAreSettled(Way way)
    {
        var (solo, jobs) = Away();
        foreach (var job in jobs)
        {
            solo.Step(new Input.Cancel(new RequestId(10_000 + job.Id.Number), job.Id));
        }

        Assert.Equal(jobs[..Outbox.Window].Select(job => job.Id), Cancelled(solo));
        Settle(solo.Forget(), way, jobs[..Outbox.Window]);

        Assert.Equal(jobs[Outbox.Window..].Select(job => job.Id), Cancelled(solo));
    }

    [Theory]
    [InlineData(Way.Refused)]
    [InlineData(Way.Reported)]
    [InlineData(Way.ReportedByTheNext)]
    [InlineData(Way.Ended)]
    [InlineData(Way.ComesBack)]
    public void Questions_BeyondTheWindow_AreAskedOnceTheOthersAreSettled(Way way)
    {
        var (solo, jobs) = Away();
        solo.Step(new Input.LinkBroken(ExecutorId.Parse("z1")));
        solo.Greeted("z1");
        var asked = Asked(solo);
        Assert.Equal(Outbox.Window, asked.Length);

        Settle(solo.Forget(), way, [.. jobs.Where(job => asked.Contains(job.Id))]);

        Assert.Equal(jobs.Select(job => job.Id).Except(asked).Order(), Asked(solo).Order());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Offers_OfHeldJobsBeyondTheWindow_AreMadeOnceTheOthersComeBackOrHaveNoHome(bool homeLeaves)
    {
        var solo = new Solo(slots: 1, maxUnfinished: 10_000).With("a1", "b1", "y1", "z1");
        solo.Receive("a1", Solo.Offer("a1-9999", 1));
        var held = Enumerable.Range(1, Outbox.Window).Select(number => $"a1-{number}");
        var others = Enumerable.Range(1, All - Outbox.Window).Select(number => $"b1-{number}");
        solo.Receive("y1", new Message.Offer(new EquatableList<OfferedJob>([.. held.Concat(others).Select(id => Solo.Offered(id, 1))])));
        GiveAll(solo);
        var first = Offered(solo);
        Assert.All(first, job => Assert.Equal(ExecutorId.Parse("a1"), job.Id.Home));
        var rest = Rest(solo, first);
        solo.Forget();

        if (homeLeaves)
        {
            solo.Receive("a1", new Message.Leave(ExecutorId.Parse("a1"), new Incarnation(1)));
        }
        else
        {
            Settle(solo, Way.ComesBack, first);
        }

        Assert.Equal(rest, Offered(solo).Select(job => job.Id));
    }

    [Fact]
    public void Results_BeyondTheWindow_AreSentOnceTheOthersAreVoid()
    {
        var solo = new Solo(slots: All, maxUnfinished: 10_000).With("a1");
        var jobs = Enumerable.Range(1, All).Select(number => Solo.Offered($"a1-{number}", 1)).ToArray();
        solo.Receive("a1", new Message.Offer(new EquatableList<OfferedJob>(jobs)));
        foreach (var job in jobs)
        {
            solo.Step(new Input.RunEnded(job.Id, new Attempt(1), Failed, Interrupted: false));
        }

        Assert.Equal(jobs[..Outbox.Window].Select(job => job.Id), Told(solo));
        solo.Forget();

        // Their home has seen that they failed, which it could not yet say, and has them tried again.
        var again = jobs[..Outbox.Window]
            .Select(job => job with { Transfer = job.Transfer.AfterTakeBack, Attempt = new Attempt(1), Retries = 1 });
        solo.Receive("a1", new Message.Offer(new EquatableList<OfferedJob>([.. again])));

        Assert.Equal(jobs[Outbox.Window..].Select(job => job.Id), Told(solo));
        Assert.Equal(Outbox.Window, solo.Effects.OfType<Effect.Start>().Count());
    }

    /// <summary>A core that offers all its jobs but the one that runs to z1.</summary>
    private static Solo Offering()
    {
        var solo = new Solo(slots: 1, maxUnfinished: 10_000).With("y1", "z1");
        for (var i = 0; i <= All; i++)
        {
            solo.Submit();
        }

        GiveAll(solo);
        return solo;
    }

    private static void GiveAll(Solo solo)
    {
        solo.Request(request => new Input.Drain(request));
        solo.Forget();
        solo.ReceiveToken("y1", High, 3, Solo.Row("y1", 0, 0) with { Draining = true }, Solo.Row("z1", 0, 0));
        Assert.Equal(All, solo.Records.OfType<Record.Offered>().Count());
        Assert.Equal(Outbox.Window, Offered(solo).Length);
    }

    /// <summary>A core all of whose jobs but one are at z1.</summary>
    private static (Solo Solo, OfferedJob[] Jobs) Away()
    {
        var solo = Offering();
        Settle(solo, Way.Accepted, Offered(solo));
        var jobs = Offered(solo);
        Settle(solo, Way.Accepted, jobs[Outbox.Window..]);
        Assert.Equal(All, solo.Records.OfType<Record.HandedOver>().Count());
        return (solo.Forget(), jobs);
    }

    private static void Settle(Solo solo, Way way, OfferedJob[] jobs)
    {
        var transfers = jobs.Select(job => new JobTransfer(job.Id, job.Transfer));
        switch (way)
        {
            case Way.Accepted:
                solo.Receive("z1", new Message.Accept(new EquatableList<JobTransfer>([.. transfers])));
                break;
            case Way.Refused:
                solo.Receive("z1", new Message.Reject(new EquatableList<JobTransfer>([.. transfers])));
                break;
            case Way.Reported:
                var held = jobs.Select(job => new HeldJob(job.Id, ExecutorId.Parse("z1"), job.Transfer, job.Attempt, 0, StartedAt: null));
                solo.Receive("z1", new Message.Holding(new EquatableList<HeldJob>([.. held])));
                break;
            case Way.ReportedByTheNext:
                var passedOn = jobs.Select(job => new HeldJob(
                    job.Id,
                    ExecutorId.Parse("y1"),
                    job.Transfer.Next,
                    job.Attempt,
                    0,
                    StartedAt: null
                ));
                solo.Receive("y1", new Message.Holding(new EquatableList<HeldJob>([.. passedOn])));
                break;
            case Way.Ended:
                var at = solo.Instant.Wall;
                var results = jobs.Select(job => new JobResult(job.Id, job.Transfer, new Attempt(1), 0, at, at, Failed));
                solo.Receive("z1", new Message.Result(new EquatableList<JobResult>([.. results])));
                break;
            case Way.ComesBack:
                var back = jobs.Select(job => job with { Transfer = job.Transfer.Next });
                solo.Receive("z1", new Message.Offer(new EquatableList<OfferedJob>([.. back])));
                break;
        }
    }

    private static OfferedJob[] Offered(Solo solo) => [.. solo.Sent<Message.Offer>("z1").SelectMany(offer => offer.Jobs)];

    private static JobId[] Cancelled(Solo solo) => [.. solo.Sent<Message.Cancel>("z1").SelectMany(cancel => cancel.Jobs)];

    private static JobId[] Asked(Solo solo) => [.. solo.Sent<Message.Check>("z1").SelectMany(check => check.Jobs).Select(job => job.Id)];

    private static JobId[] Told(Solo solo) => [.. solo.Sent<Message.Result>("a1").SelectMany(result => result.Jobs).Select(job => job.Id)];

    /// <summary>The jobs that are to be offered and were not yet.</summary>
    private static JobId[] Rest(Solo solo, OfferedJob[] sent) =>
        [.. solo.Records.OfType<Record.Offered>().Select(record => record.Id).Except(sent.Select(job => job.Id))];
}
