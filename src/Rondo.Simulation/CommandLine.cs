using System.Globalization;

namespace Rondo.Simulation;

/// <summary>What the program was asked to do.</summary>
internal sealed record CommandLine
{
    public const string Usage = """
        usage: --seed N [--trace] [--timeline FILE.svg|FILE.txt]   one run, with what happens in it
               --seeds A..B [--jobs CORES] [--twice]              many runs; --twice compares two runs of each seed
               --mutants [NAME] [--seeds A..B]                    each rule left out in turn, until a seed notices (needs -p:Mutants=true)
               --mutants NAME --seed N [--trace] [--timeline …]   one run with a rule left out
        options: --kind calm|safety|liveness   the kind of run, instead of the one that the seed draws
                 --until-failure               stop at the first seed that fails
                 --faults                      how often each kind of fault came; exit code 1 when one never did
                 --sqlite                      the real store beside the simulated one, in memory; they must agree
                 --from SECONDS --to SECONDS --job ID   what the timeline shows; by default what led to the end of the run
        """;

    private const int SeedsMax = 10_000_000;

    public IList<ulong> Seeds { get; private init; } = [];

    public bool Trace { get; private init; }

    public bool Twice { get; private init; }

    public int Jobs { get; private init; } = Environment.ProcessorCount;

    public RunKind? Kind { get; private init; }

    public bool UntilFailure { get; private init; }

    public bool Faults { get; private init; }

    public bool Sqlite { get; private init; }

    /// <summary>The mutant to run, or all of them when empty; null for none.</summary>
    public string? Mutants { get; private init; }

    public string? Timeline { get; private init; }

    public TimelineView View { get; private init; } = new();

    public string? Problem { get; private init; }

    public static CommandLine Parse(string[] args)
    {
        var options = new CommandLine();
        for (var i = 0; i < args.Length; i++)
        {
            var value = i + 1 < args.Length ? args[i + 1] : "";
            var hasValue = value.Length > 0 && !value.StartsWith("--", StringComparison.Ordinal);
            i += hasValue ? 1 : 0;
            var parsed = hasValue ? options.With(args[i - 1], value) : options.With(args[i]);
            if (parsed is null)
            {
                return options with { Problem = $"'{args[hasValue ? i - 1 : i]} {value}' is not understood" };
            }

            options = parsed;
        }

        return options.Seeds.Count > 0 ? options
            : options.Mutants is null ? options with { Problem = "no seed is given" }
            : options with { Seeds = [.. Range(1, 20_000)] };
    }

    private CommandLine? With(string flag) =>
        flag switch
        {
            "--trace" => this with { Trace = true },
            "--until-failure" => this with { UntilFailure = true },
            "--twice" => this with { Twice = true },
            "--faults" => this with { Faults = true },
            "--sqlite" => this with { Sqlite = true },
            "--mutants" => this with { Mutants = "" },
            _ => null,
        };

    private CommandLine? With(string option, string value)
    {
        switch (option)
        {
            case "--seed" when ulong.TryParse(value, CultureInfo.InvariantCulture, out var seed):
                return this with { Seeds = [seed] };
            case "--seeds" when TryParseRange(value) is { } seeds:
                return this with { Seeds = seeds };
            case "--jobs" when int.TryParse(value, CultureInfo.InvariantCulture, out var jobs) && jobs > 0:
                return this with { Jobs = jobs };
            case "--kind" when Enum.TryParse<RunKind>(value, ignoreCase: true, out var kind):
                return this with { Kind = kind };
            case "--mutants":
                return this with { Mutants = value };
            case "--timeline":
                return this with { Timeline = value };
            case "--from" when double.TryParse(value, CultureInfo.InvariantCulture, out var seconds):
                return this with { View = View with { From = (long)(seconds * VirtualTime.Second) } };
            case "--to" when double.TryParse(value, CultureInfo.InvariantCulture, out var seconds):
                return this with { View = View with { To = (long)(seconds * VirtualTime.Second) } };
            case "--job" when Core.JobId.TryParse(value, out var job):
                return this with { View = View with { Job = job } };
            default:
                return null;
        }
    }

    private static ulong[]? TryParseRange(string text)
    {
        var dots = text.IndexOf("..", StringComparison.Ordinal);
        return
            dots >= 0
            && ulong.TryParse(text.AsSpan(0, dots), CultureInfo.InvariantCulture, out var first)
            && ulong.TryParse(text.AsSpan(dots + 2), CultureInfo.InvariantCulture, out var last)
            && last >= first
            && last - first < SeedsMax
            ? [.. Range(first, last)]
            : null;
    }

    private static IEnumerable<ulong> Range(ulong first, ulong last)
    {
        for (var seed = first; seed <= last; seed++)
        {
            yield return seed;
        }
    }
}
