#if MUTANTS
using System.Collections.Concurrent;
using System.Diagnostics;
using Rondo.Core;
#endif

namespace Rondo.Simulation;

/// <summary>Leaves out one rule after the other and looks for the first seed that notices. The exit code is 1 when a mutant survives.</summary>
internal static class MutantRuns
{
    public static int Run(CommandLine options)
    {
#if MUTANTS
        var mutants = options.Mutants is { Length: > 0 } name
            ? Enum.TryParse<Mutant>(name, ignoreCase: true, out var one) && one != Mutant.None
                ? [one]
                : []
            : Enum.GetValues<Mutant>()[1..];
        if (mutants.Length == 0)
        {
            return Runner.Complain($"there is no mutant '{options.Mutants}'; there are {string.Join(", ", Enum.GetNames<Mutant>()[1..])}");
        }

        if (options.Seeds is [var seed] && mutants is [var shown])
        {
            Mutants.Active = shown;
            return Runner.RunOne(seed, options);
        }

        var survivors = mutants.Count(mutant => !IsKilled(mutant, options));
        Console.WriteLine($"{mutants.Length} mutants, {survivors} survived");
        return survivors == 0 ? 0 : 1;
    }

    private static bool IsKilled(Mutant mutant, CommandLine options)
    {
        var watch = Stopwatch.StartNew();
        Mutants.Active = mutant;
        var killed = new Lock();
        SeedResult? killer = null;
        Parallel.ForEach(
            Partitioner.Create(options.Seeds, EnumerablePartitionerOptions.NoBuffering),
            new ParallelOptions { MaxDegreeOfParallelism = options.Jobs },
            (seed, loop, _) =>
            {
                if (loop.ShouldExitCurrentIteration)
                {
                    return;
                }

                var result = Simulation.Run(seed, options.Kind);
                if (result.Violation is not null)
                {
                    loop.Break();
                    lock (killed)
                    {
                        killer = killer is null || result.Seed < killer.Seed ? result : killer;
                    }
                }
            }
        );
        Mutants.Active = Mutant.None;
        var what = killer is null ? $"SURVIVED {options.Seeds.Count, 6} seeds" : $"killed by seed {killer.Seed, 6}";
        Console.WriteLine($"{mutant, -26} {what} {watch.Elapsed.TotalSeconds, 6:0.0} s  {FirstLine(killer?.Violation)}");
        return killer is not null;
    }

    private static string FirstLine(string? violation) =>
        violation is null ? ""
        : violation.ReplaceLineEndings(" ") is { Length: > 150 } text ? text[..150] + "…"
        : violation.ReplaceLineEndings(" ");
#else
        return Runner.Complain($"this build has no mutant '{options.Mutants}', nor any other: build with -p:Mutants=true");
    }
#endif
}
