using System.Diagnostics;

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
        var result = Simulation.Run(seed, writer, options.Kind);
        writer?.Flush();
        Console.WriteLine($"seed {seed}: {result.Summary}");
        Console.WriteLine(
            $"hash {result.Hash:x16}, {result.VirtualTime.TotalSeconds:0.0} s, {result.Events} events, {result.Events / watch.Elapsed.TotalSeconds:#,0} events/s"
        );
        if (result.Violation is not null)
        {
            Console.WriteLine("VIOLATION " + result.Violation);
        }

        return result.Violation is null ? 0 : 1;
    }

    public static int RunMany(CommandLine options)
    {
        var watch = Stopwatch.StartNew();
        var failures = 0;
        long events = 0;
        long hashes = 0;
        long virtualTicks = 0;
        var print = new Lock();
        Parallel.ForEach(
            options.Seeds,
            new ParallelOptions { MaxDegreeOfParallelism = options.Jobs },
            (seed, loop) =>
            {
                var result = Simulation.Run(seed, trace: null, options.Kind);
                var problem = result.Violation;
                if (
                    problem is null
                    && options.Twice
                    && Simulation.Run(seed, trace: null, options.Kind).Hash is var again
                    && again != result.Hash
                )
                {
                    problem = $"the second run differs: {result.Hash:x16} and {again:x16}";
                }

                Interlocked.Add(ref events, result.Events);
                Interlocked.Add(ref hashes, (long)result.Hash);
                Interlocked.Add(ref virtualTicks, result.VirtualTime.Ticks);
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
        return failures == 0 ? 0 : 1;
    }
}
