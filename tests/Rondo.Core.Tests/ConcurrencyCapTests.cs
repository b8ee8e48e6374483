namespace Rondo.Core.Tests;

/// <summary>The cap of a concurrency key while jobs of the key wait for other things, come all together, and are gone again.</summary>
public sealed class ConcurrencyCapTests
{
    private readonly Solo _solo = new(slots: 8);

    [Fact]
    public void Job_ThatWaitsForAnother_KeepsItsPlaceInTheKeyWhileAllOthersOfItEnd()
    {
        var first = _solo.Submit();
        var waiting = _solo.Submit(Capped(1, first));
        _solo.End(_solo.Submit(Capped(1)));

        _solo.End(first);

        Assert.Equal(JobState.Running, _solo.View(waiting)!.State);
        Assert.Equal(Reasons.WaitingForConcurrency, _solo.View(_solo.Submit(Capped(1)))!.Reason);
    }

    [Fact]
    public void Job_ThatFailsBeforeItsTurnInTheBatchThatTookIt_LeavesTheKeyAsItWas()
    {
        var unknown = JobId.Parse("a1-7");

        Assert.Equal(Reasons.DependencyFailed, _solo.View(_solo.Submit(Capped(1, unknown)))!.Reason);

        Assert.Equal(JobState.Running, _solo.View(_solo.Submit(Capped(1)))!.State);
    }

    [Fact]
    public void Cap_WithJobsThatWaitForTimesRetriesAndTheirTurn_HoldsUntilAllHaveRun()
    {
        var retries = new RetryPolicy
        {
            Max = 1,
            Backoff = TimeSpan.FromSeconds(1),
            Jitter = 0,
        };
        for (var i = 0; i < 6; i++)
        {
            _solo.Submit(
                Capped(2) with
                {
                    Retries = retries,
                    Start = i % 2 == 0 ? new StartTime.After(TimeSpan.FromMilliseconds(100 * i)) : null,
                }
            );
        }

        var running = new HashSet<JobId>();
        var attempts = 0;
        for (var round = 0; round < 20; round++)
        {
            foreach (var start in _solo.Effects.OfType<Effect.Start>().ToArray())
            {
                Assert.True(running.Add(start.Id));
                attempts++;
            }

            Assert.InRange(running.Count, 0, 2);
            _solo.Forget();
            foreach (var id in running.ToArray())
            {
                running.Remove(id);
                var attempt = _solo.View(id)!.Attempt;
                var failed = new Outcome { End = JobEnd.Failed, Reason = Reasons.Timeout };
                _solo.Forget().Step(new Input.RunEnded(id, attempt, failed, Interrupted: false));
                running.UnionWith(_solo.Effects.OfType<Effect.Start>().Select(start => start.Id));
                attempts += _solo.Effects.OfType<Effect.Start>().Count();
                Assert.InRange(running.Count, 0, 2);
            }

            _solo.Forget().Wait(TimeSpan.FromMilliseconds(200));
        }

        Assert.Equal((12, 0), (attempts, running.Count));
    }

    [Fact]
    public void Cap_OfAKeyWhoseJobsAreAllGone_IsThatOfTheNextJob()
    {
        _solo.End(_solo.Submit(Capped(5)));

        var running = _solo.Submit(Capped(1));
        var waiting = _solo.Submit(Capped(1));

        Assert.Equal((JobState.Running, JobState.Scheduled), (_solo.View(running)!.State, _solo.View(waiting)!.State));
    }

    private static JobTerms Capped(int max, params ReadOnlySpan<JobId> after)
    {
        var terms = TestExecutor.Command() with { Concurrency = new ConcurrencyLimit("k", max) };
        return after.Length == 0
            ? terms
            : terms with
            {
                After = new EquatableList<Dependency>(new Dependency(after[0], DependencyCondition.Success)),
            };
    }
}
