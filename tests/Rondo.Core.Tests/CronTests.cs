namespace Rondo.Core.Tests;

/// <summary>Crons and copies of crons side by side.</summary>
public sealed class CronTests
{
    private static readonly ExecutorId Other = ExecutorId.Parse("z1");
    private readonly Solo _solo = new Solo().With("z1");

    [Fact]
    public void Copy_OfACronThatIsKeptHere_TakesItsPlaceInNothing()
    {
        var kept = CronOf("nightly");
        var copy = kept with { CopyOf = Other, Through = kept.Through.AddDays(1) };
        _solo.Ask(id => new Input.SetCron(id, kept));

        Assert.Equal(new Answer.Done(), _solo.Ask(id => new Input.SetCron(id, copy)));
        Assert.Equal(new Answer.Done(), _solo.Ask(id => new Input.AdvanceCron(id, kept with { Through = kept.Through.AddHours(1) })));
        Assert.Equal(new Answer.Count(0), _solo.Ask(id => new Input.RemoveCron(id, "nightly", Other)));

        Assert.Equal([kept with { Through = kept.Through.AddHours(1) }], Crons());
    }

    [Fact]
    public void Copy_IsRemovedAsACopyOfItsHomeAlone_AndDoesNotAdvance()
    {
        var copy = CronOf("nightly") with { CopyOf = Other };
        _solo.Ask(id => new Input.SetCron(id, copy));

        _solo.Ask(id => new Input.AdvanceCron(id, copy with { Through = copy.Through.AddHours(1) }));
        Assert.Equal(new Answer.Count(0), _solo.Ask(id => new Input.RemoveCron(id, "nightly")));
        Assert.Equal([copy], Crons());

        Assert.Equal(new Answer.Count(1), _solo.Ask(id => new Input.RemoveCron(id, "nightly", Other)));
        Assert.Empty(Crons());
    }

    [Fact]
    public void Copy_WhoseHomeIsNotInTheRing_IsNotKept()
    {
        _solo.Ask(id => new Input.SetCron(id, CronOf("nightly") with { CopyOf = ExecutorId.Parse("left") }));

        Assert.Empty(Crons());
    }

    private static Cron CronOf(string name) => new(name, default, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch);

    private IEnumerable<Cron> Crons() =>
        Assert.IsType<Answer.Crons>(_solo.Ask(id => new Input.QueryCrons(id))).Views.Select(view => view.Cron);
}
