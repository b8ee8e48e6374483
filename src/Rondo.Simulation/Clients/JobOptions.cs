using Rondo.Core;

namespace Rondo.Simulation;

/// <summary>What some jobs of some runs ask for beside being run: a delay, retries.</summary>
internal sealed class JobOptions
{
    private readonly Prng _random;
    private readonly bool _areUsed;

    public JobOptions(Prng random, RunKind kind)
    {
        _random = random;

        // The checks of a calm run count jobs that run or could.
        _areUsed = random.Chance(0.5) && kind != RunKind.Calm;
    }

    public JobTerms AddTo(JobTerms terms)
    {
        if (!_areUsed)
        {
            return terms;
        }

        return terms with
        {
            Start = _random.Chance(0.2) ? new StartTime.After(Milliseconds(1, 5_000)) : null,
            Retries = _random.Chance(0.5)
                ? new RetryPolicy
                {
                    Max = 1 + _random.Below(3),
                    Backoff = Milliseconds(1, 500),
                    MaxBackoff = Milliseconds(500, 2_000),
                }
                : null,
        };
    }

    private TimeSpan Milliseconds(long least, long most) => TimeSpan.FromMilliseconds(_random.Skewed(least, most));
}
