using System.Collections.Concurrent;
using System.Diagnostics;
using Rondo.Core;

namespace Rondo.Simulation;

/// <summary>Runs seeds and tells what came of them. The exit code is 1 when a promise was broken.</summary>
internal static class Runner
{
    public static int Complain(string problem)
    {
        Console.Error.WriteLine(problem);
        Console.Error.WriteLine(CommandLine.Usage);
        return 2;
    }

    public static int RunOne(ulong seed, CommandLine options)
    {
        var watch = Stopwatch.StartNew();
        using var writer = options.Trace ? new StreamWriter(Console.OpenStandardOutput(), bufferSize: 1 << 16) : null;
        using var disks = options.Sqlite ? new TemporaryDisks() : null;
        var simulation = new Simulation(seed, options.Kind, disks?.For(seed));
        simulation.Trace = writer is null && options.Timeline is null ? null : new Trace(simulation, writer);
        var result = Simulation.Run(simulation);
        writer?.Flush();
        Console.WriteLine($"seed {seed}: {result.Summary}");
        Console.WriteLine(
            $"hash {result.Hash:x16}, {result.VirtualTime.TotalSeconds:0.0} s, {result.Events} events, {result.Events / watch.Elapsed.TotalSeconds:#,0} events/s"
        );
        if (result.Violation is not null)
        {
            Console.WriteLine("VIOLATION " + result.Violation);
        }

        if (options.Timeline is { } file)
        {
            var rows = simulation.Trace!.Timeline.Select(options.View);
            var title = $"seed {seed}: {result.Violation ?? "every promise was kept"}";
            var lanes = simulation.Trace.Timeline.Lanes;
            TimelinePicture.Write(file, title, [.. lanes.Select(lane => simulation.Machines[lane].Id.ToString())], InLanes(rows, lanes));
            Console.WriteLine($"{file} shows {rows.Count} steps of it");
        }

        return result.Violation is null ? 0 : 1;
    }

    private static List<(int, TimelineItem)> InLanes(IReadOnlyList<(int Index, TimelineItem Item)> rows, IReadOnlyList<int> lanes)
    {
        var laneOf = lanes.Index().ToDictionary(lane => lane.Item, lane => lane.Index);
        return
        [
            .. rows.Select(row =>
                (
                    row.Index,
                    row.Item with
                    {
                        Machine = laneOf.GetValueOrDefault(row.Item.Machine, -1),
                        Other = laneOf.GetValueOrDefault(row.Item.Other, -1),
                    }
                )
            ),
        ];
    }

    public static int RunMany(CommandLine options)
    {
        var watch = Stopwatch.StartNew();
        var failures = 0;
        long events = 0;
        long hashes = 0;
        long virtualTicks = 0;
        var faults = new ConcurrentBag<EquatableList<int>>();
        using var disks = options.Sqlite ? new TemporaryDisks() : null;
        var print = new Lock();
        Parallel.ForEach(
            options.Seeds,
            new ParallelOptions { MaxDegreeOfParallelism = options.Jobs },
            (seed, loop) =>
            {
                var result = Simulation.Run(seed, options.Kind, disks?.For(seed));
                disks?.Clear(seed);
                var problem = result.Violation;
                if (problem is null && options.Twice && Simulation.Run(seed, options.Kind).Hash is var again && again != result.Hash)
                {
                    problem = $"the second run differs: {result.Hash:x16} and {again:x16}";
                }

                Interlocked.Add(ref events, result.Events);
                Interlocked.Add(ref hashes, (long)result.Hash);
                Interlocked.Add(ref virtualTicks, result.VirtualTime.Ticks);
                if (options.Faults)
                {
                    faults.Add(result.Faults);
                }

                if (problem is not null)
                {
                    lock (print)
                    {
                        failures++;
                        if (options.UntilFailure)
                        {
                            loop.Stop();
                        }

                        Console.WriteLine($"seed {seed}: {problem}\n  {result.Summary}\n  {result.Replay(options.Kind)}");
                    }
                }
            }
        );
        Console.WriteLine(
            $"{options.Seeds.Count} seeds, {failures} failed, {events:#,0} events in {watch.Elapsed.TotalSeconds:0.0} s "
                + $"({events / watch.Elapsed.TotalSeconds:#,0}/s), {new TimeSpan(virtualTicks).TotalHours:0.0} hours of virtual time, hash {hashes:x16}"
        );
        return TellFaults(options, faults) && failures == 0 ? 0 : 1;
    }

    /// <summary>False when a fault was to come and never did.</summary>
    private static bool TellFaults(CommandLine options, ConcurrentBag<EquatableList<int>> runs)
    {
        if (!options.Faults)
        {
            return true;
        }

        var (table, missing) = FaultCounts.Describe(runs);
        Console.WriteLine(table);
        Console.WriteLine(missing == 0 ? "every kind of fault came" : $"{missing} kinds of faults never came");
        return missing == 0;
    }
}
