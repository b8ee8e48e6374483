using System.Globalization;

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
        var (sum, above, whole) = (TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero);
        foreach (var (_, length, spread) in Spreads(runs, executors))
        {
            sum += length * spread;
            above += spread > 1 ? length : TimeSpan.Zero;
            whole += length;
        }

        return (sum / whole, above / whole);
    }

    /// <summary>Writes the difference over time, ours and the central scheduler's, a line for each time that it changed.</summary>
    public static async Task WriteAsync(string file, IReadOnlyList<Run> ours, IReadOnlyList<Run> central, IReadOnlyList<string> executors)
    {
        var start = ours.Min(run => run.Submitted);
        await File.WriteAllLinesAsync(file, [.. Lines("rondo", ours), .. Lines("central", central)]);

        IEnumerable<string> Lines(string who, IReadOnlyList<Run> runs) =>
            Spreads(runs, executors)
                .Select(spread =>
                    string.Create(CultureInfo.InvariantCulture, $"{who} {(spread.At - start).TotalSeconds:0.0000} {spread.Spread}")
                );
    }

    private static IEnumerable<(DateTimeOffset At, TimeSpan Length, int Spread)> Spreads(
        IReadOnlyList<Run> runs,
        IReadOnlyList<string> executors
    )
    {
        var (last, to) = (runs.Min(run => run.Submitted), runs.Max(run => run.Submitted));
        var changes = runs.SelectMany(run =>
            ((DateTimeOffset At, string Who, int By)[])[(run.Started, run.Holder, 1), (run.Finished, run.Holder, -1)]
        );
        var running = executors.ToDictionary(executor => executor, _ => 0);
        foreach (var (at, who, by) in changes.OrderBy(change => change.At))
        {
            var now = at < to ? at : to;
            if (now > last)
            {
                yield return (last, now - last, running.Values.Max() - running.Values.Min());
                last = now;
            }

            running[who] += by;
        }
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
