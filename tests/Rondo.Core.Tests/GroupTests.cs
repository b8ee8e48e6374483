namespace Rondo.Core.Tests;

/// <summary>What clients want of all jobs of a group.</summary>
public sealed class GroupTests
{
    private readonly Solo _solo = new Solo(slots: 8, change: settings => settings with { RecentFinished = 2 }).With("a1");

    [Fact]
    public void Watch_OfAGroup_IsAnsweredByTheNextOfItThatEnds()
    {
        var other = Submit("day");
        var first = Submit("night");
        var second = Submit("night");
        var watch = Watch("night", since: 0);
        var given = Watch("night", since: 0);
        _solo.Step(new Input.UnwatchGroup(given, "night"));

        _solo.End(other);
        Assert.Null(_solo.AnswerTo(watch));

        _solo.End(first);
        AssertEnded([first], since: 2, watch);
        Assert.Null(_solo.AnswerTo(given));

        _solo.End(second);
        AssertEnded([second], since: 3, Watch("night", since: 2));
    }

    [Fact]
    public void Watch_OfAGroupByTwo_IsAnsweredToBoth()
    {
        var id = Submit("night");
        var watches = new[] { Watch("night", since: 0), Watch("night", since: 0) };

        _solo.End(id);

        Assert.All(watches, watch => AssertEnded([id], since: 1, watch));
    }

    [Fact]
    public void Watch_ThatBeginsAfterSomeEnded_IsAnsweredAtOnceWithThose()
    {
        var ids = new[] { Submit("night"), Submit("night"), Submit("day") };
        _solo.End(ids[0]);
        _solo.End(ids[1]);

        AssertEnded(ids[..2], since: 2, Watch("night", since: 0));
        AssertEnded(ids[1..2], since: 2, Watch("night", since: 1));
        Assert.Null(_solo.AnswerTo(Watch("night", since: 2)));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    [InlineData(4, true)]
    public void Watch_FromAMomentThatIsNotRemembered_SaysThatSomeMayBeMissed(long since, bool isMissed)
    {
        foreach (var id in new[] { Submit("night"), Submit("night"), Submit("night") })
        {
            _solo.End(id);
        }

        var answer = Assert.IsType<Answer.GroupEnded>(_solo.AnswerTo(Watch("night", since)));

        Assert.Equal((isMissed, 3L, isMissed ? 0 : 2), (answer.Missed, answer.Since, answer.Ids.Count));
    }

    [Fact]
    public void Cancel_OfAGroup_CancelsItsJobsOfThisHomeThatWereNotBefore()
    {
        var night = new[] { Submit("night"), Submit("night"), Submit("night") };
        var day = Submit("day");
        _solo.Receive(
            "a1",
            new Message.Offer(
                new EquatableList<OfferedJob>(Solo.Offered("a1-7", 1) with { Terms = TestExecutor.Command() with { Group = "night" } })
            )
        );

        Assert.Equal(new Answer.Count(2), Cancel("night", limit: 2));
        Assert.Equal(new Answer.Count(1), Cancel("night", limit: 2));
        Assert.Equal(new Answer.Count(0), Cancel("night", limit: 2));

        Assert.Equal(night.Order(), _solo.Effects.OfType<Effect.Stop>().Select(stop => stop.Id).Order());
        Assert.False(_solo.View(day)!.CancelRequested);
    }

    private JobId Submit(string group) => _solo.Submit(TestExecutor.Command() with { Group = group });

    private RequestId Watch(string group, long since) => _solo.Request(id => new Input.WatchGroup(id, group, since));

    private Answer Cancel(string group, int limit) => _solo.Ask(id => new Input.CancelGroup(id, group, limit));

    private void AssertEnded(JobId[] ids, long since, RequestId watch)
    {
        var answer = Assert.IsType<Answer.GroupEnded>(_solo.AnswerTo(watch));
        Assert.Equal(ids, answer.Ids);
        Assert.Equal((since, false), (answer.Since, answer.Missed));
    }
}
