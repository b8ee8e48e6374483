namespace Rondo.Cli;

/// <summary>When and where jobs ran, and what follows for the balance.</summary>
internal static class BalanceTrace
{
    /// <summary>A job's life.</summary>
    public readonly record struct Run(DateTimeOffset Submitted, DateTimeOffset Started, DateTimeOffset Finished, string Holder);

    /// <summary>The difference between the most and the fewest running jobs of an executor, over the time in which jobs arrived.</summary>
    /// <returns>Its mean over time, and the part of the time in which it was more than one.</returns>
    public static (double MeanSpread, double MoreThanOne) Measure(IReadOnlyList<Run> runs, IReadOnlyList<string> executors)
    {
        var (from, to) = (runs.Min(run => run.Submitted), runs.Max(run => run.Submitted));
        var changes = runs.SelectMany(run =>
            ((DateTimeOffset At, string Who, int By)[])[(run.Started, run.Holder, 1), (run.Finished, run.Holder, -1)]
        );
        var running = executors.ToDictionary(executor => executor, _ => 0);
        var (sum, above, last) = (TimeSpan.Zero, TimeSpan.Zero, from);
        foreach (var (at, who, by) in changes.OrderBy(change => change.At))
        {
            var now = at < to ? at : to;
            if (now > last)
            {
                var spread = running.Values.Max() - running.Values.Min();
                sum += (now - last) * spread;
                above += spread > 1 ? now - last : TimeSpan.Zero;
                last = now;
            }

            running[who] += by;
        }

        return (sum / (last - from), above / (last - from));
    }

    /// <summary>
    /// The same arrivals and lengths under a scheduler that knows all at no cost: each job goes to the executor that runs fewest, in the
    /// order of arrival, as soon as one has a free slot.
    /// </summary>
    public static IReadOnlyList<Run> Central(IReadOnlyList<Run> runs, IReadOnlyList<string> executors, int slots)
    {
        var running = executors.ToDictionary(executor => executor, _ => 0);
        var ends = new PriorityQueue<string, DateTimeOffset>();
        var waiting = new Queue<Run>();
        var placed = new List<Run>();
        foreach (var run in runs.OrderBy(run => run.Submitted))
        {
            EndUntil(run.Submitted);
            waiting.Enqueue(run);
            StartWaiting(run.Submitted);
        }

        EndUntil(DateTimeOffset.MaxValue);
        return placed;

        void EndUntil(DateTimeOffset limit)
        {
            while (ends.TryPeek(out var who, out var at) && at <= limit)
            {
                ends.Dequeue();
                running[who]--;
                StartWaiting(at);
            }
        }

        void StartWaiting(DateTimeOffset now)
        {
            while (waiting.Count > 0 && running.MinBy(executor => executor.Value) is var (who, count) && count < slots)
            {
                var run = waiting.Dequeue();
                var end = now + (run.Finished - run.Started);
                running[who]++;
                ends.Enqueue(who, end);
                placed.Add(new Run(run.Submitted, now, end, who));
            }
        }
    }
}
