using Rondo.Core;

namespace Rondo.Simulation;

/// <summary>What some jobs of some runs ask for beside being run: a delay, retries, a time limit, other jobs first, a cap, a key.</summary>
internal sealed class JobOptions
{
    private const int Caps = 3;
    private const int LatestJobs = 20;

    private readonly Prng _random;
    private readonly bool _times;
    private readonly bool _dependencies;
    private readonly bool _caps;
    private readonly bool _keys;

    public JobOptions(Prng random, RunKind kind)
    {
        _random = random;

        // The checks of a calm run count jobs that run or could.
        var areUsed = random.Chance(0.5) && kind != RunKind.Calm;
        _times = areUsed && random.Chance(0.6);
        _dependencies = areUsed && random.Chance(0.5);
        _caps = areUsed && random.Chance(0.4);
        _keys = areUsed && random.Chance(0.5);
    }

    /// <param name="number">Of the job among all that clients plan.</param>
    /// <param name="told">The ids that clients were given so far.</param>
    public JobTerms AddTo(JobTerms terms, int number, IReadOnlyList<JobId> told)
    {
        if (_times)
        {
            terms = AddTimes(terms);
        }

        if (_dependencies && told.Count > 0 && _random.Chance(0.3))
        {
            terms = terms with { After = SomeOf(told) };
        }

        if (_caps && _random.Chance(0.4))
        {
            var cap = _random.Below(Caps);
            terms = terms with { Concurrency = new ConcurrencyLimit("cap" + cap, cap + 1) };
        }

        if (_keys && _random.Chance(0.4))
        {
            terms = terms with { IdempotencyKey = "key" + number, Digest = (ulong)number + 1 };
        }

        return terms;
    }

    /// <summary>How long after a request its client repeats it, to be on the safe side; null when it does not.</summary>
    public long? RepeatAfter(JobTerms terms) =>
        terms.IdempotencyKey is not null && _random.Chance(0.5) ? _random.Skewed(1, 4_000) * VirtualTime.Millisecond : null;

    private JobTerms AddTimes(JobTerms terms) =>
        terms with
        {
            Start = _random.Chance(0.2) ? new StartTime.After(Milliseconds(1, 5_000)) : null,
            TimeLimit = _random.Chance(0.2) ? new TimeLimit(Milliseconds(5, 1_000), TimeLimit.DefaultGrace) : null,
            Retries = _random.Chance(0.5)
                ? new RetryPolicy
                {
                    Max = 1 + _random.Below(3),
                    Backoff = Milliseconds(1, 500),
                    MaxBackoff = Milliseconds(500, 2_000),
                }
                : null,
        };

    private EquatableList<Dependency> SomeOf(IReadOnlyList<JobId> told)
    {
        var latest = Math.Min(told.Count, LatestJobs);
        var one = told[told.Count - 1 - _random.Below(latest)];
        var other = told[told.Count - 1 - _random.Below(latest)];
        return one == other ? new EquatableList<Dependency>(On(one)) : new EquatableList<Dependency>(On(one), On(other));
    }

    private Dependency On(JobId id) =>
        new(
            id,
            _random.Below(5) switch
            {
                0 => DependencyCondition.Failure,
                1 => DependencyCondition.End,
                _ => DependencyCondition.Success,
            }
        );

    private TimeSpan Milliseconds(long least, long most) => TimeSpan.FromMilliseconds(_random.Skewed(least, most));
}
