using System.Globalization;

namespace Rondo.Simulation;

/// <summary>What the program was asked to do.</summary>
internal sealed record CommandLine(
    IReadOnlyList<ulong> Seeds,
    bool Trace,
    bool Twice,
    int Jobs,
    RunKind? Kind,
    bool UntilFailure,
    string? Problem
)
{
    public const string Usage = """
        usage: --seed N [--trace]                          one run, with what happens in it
               --seeds A..B [--jobs CORES] [--twice]       many runs; --twice compares two runs of each seed
               --until-failure                             stop at the first seed that fails
               --kind calm|safety|liveness                 the kind of run, instead of the one that the seed draws
        """;

    private const int SeedsMax = 10_000_000;

    public static CommandLine Parse(string[] args)
    {
        var options = new CommandLine(
            [],
            Trace: false,
            Twice: false,
            Jobs: Environment.ProcessorCount,
            Kind: null,
            UntilFailure: false,
            Problem: null
        );
        for (var i = 0; i < args.Length; i++)
        {
            var value = i + 1 < args.Length ? args[i + 1] : "";
            switch (args[i])
            {
                case "--seed" when ulong.TryParse(value, CultureInfo.InvariantCulture, out var seed):
                    options = options with { Seeds = [seed] };
                    i++;
                    break;
                case "--seeds" when TryParseRange(value, out var seeds):
                    options = options with { Seeds = seeds };
                    i++;
                    break;
                case "--jobs" when int.TryParse(value, CultureInfo.InvariantCulture, out var jobs) && jobs > 0:
                    options = options with { Jobs = jobs };
                    i++;
                    break;
                case "--kind" when Enum.TryParse<RunKind>(value, ignoreCase: true, out var kind):
                    options = options with { Kind = kind };
                    i++;
                    break;
                case "--trace":
                    options = options with { Trace = true };
                    break;
                case "--until-failure":
                    options = options with { UntilFailure = true };
                    break;
                case "--twice":
                    options = options with { Twice = true };
                    break;
                default:
                    return options with { Problem = $"'{args[i]} {value}' is not understood" };
            }
        }

        return options.Seeds.Count == 0 ? options with { Problem = "no seed is given" } : options;
    }

    private static bool TryParseRange(string text, out ulong[] seeds)
    {
        seeds = [];
        var dots = text.IndexOf("..", StringComparison.Ordinal);
        if (
            dots < 0
            || !ulong.TryParse(text.AsSpan(0, dots), CultureInfo.InvariantCulture, out var first)
            || !ulong.TryParse(text.AsSpan(dots + 2), CultureInfo.InvariantCulture, out var last)
            || last < first
            || last - first >= SeedsMax
        )
        {
            return false;
        }

        seeds = new ulong[last - first + 1];
        for (var i = 0; i < seeds.Length; i++)
        {
            seeds[i] = first + (ulong)i;
        }

        return true;
    }
}
