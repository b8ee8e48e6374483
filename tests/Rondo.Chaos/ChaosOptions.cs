using System.Globalization;
using Rondo.Chaos.Faults;

namespace Rondo.Chaos;

/// <summary>What the program was asked to do.</summary>
internal sealed record ChaosOptions
{
    public const string Usage = """
        usage: rondo-chaos [OPTIONS]          breaks a ring of real executors under load, and checks what clients were told
          --kills N          how many executors to end by SIGKILL (default 200)
          --others N         how many pauses, how many cuts, and how many disk faults, each (default 20)
          --seconds N        end the faults after this time, whatever was done by then
          --seed N           chooses the faults (default: drawn, and printed)
          --executors N      executors in the ring, 3 to 9 (default 5)
          --only KIND,...    only these kinds of fault
          --measure N        how many times each recovery is timed before the faults begin (default 20; 0 for none)
          --previous PATH    a rondo of an earlier release: the ring starts as that, and is replaced one by one under the faults
          --rondo PATH       the rondo to run instead of the one that was built
          --lying-disk       disks say that they have synced and have not: there must be violations, or the check itself is blind
          --report FILE      writes the report there too, as Markdown
          --keep             leaves the executors' data and logs behind
        It exits with 0 only if nothing was lost, duplicated, changed, invented, or told before it was durable.
        """;

    public int Kills { get; private init; } = 200;
    public int Others { get; private init; } = 20;
    public TimeSpan? Time { get; private init; }
    public int Seed { get; private init; } = Random.Shared.Next(1, 1_000_000);
    public int Executors { get; private init; } = 5;
    public IReadOnlyList<FaultKind> Only { get; private init; } = [];
    public int Measure { get; private init; } = 20;
    public string Rondo { get; private init; } = Path.Combine(AppContext.BaseDirectory, "rondo");
    public string? Previous { get; private init; }
    public string? Report { get; private init; }
    public bool LyingDisk { get; private init; }
    public bool Keep { get; private init; }
    public string? Problem { get; private init; }

    public static ChaosOptions Parse(string[] args)
    {
        var options = new ChaosOptions();
        for (var i = 0; i < args.Length; i++)
        {
            if (args[i] is "--keep" or "--lying-disk")
            {
                options = args[i] == "--keep" ? options with { Keep = true } : options with { LyingDisk = true };
                continue;
            }

            var value = i + 1 < args.Length ? args[i + 1] : "";
            if (options.With(args[i], value) is not { } changed)
            {
                return options with { Problem = $"'{args[i]} {value}' is not understood" };
            }

            options = changed;
            i++;
        }

        return options;
    }

    private ChaosOptions? With(string name, string value)
    {
        var isNumber = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number);
        return name switch
        {
            "--kills" when isNumber => this with { Kills = number },
            "--others" when isNumber => this with { Others = number },
            "--seconds" when isNumber => this with { Time = TimeSpan.FromSeconds(number) },
            "--seed" when isNumber => this with { Seed = number },
            "--executors" when isNumber && number is >= 3 and <= 9 => this with { Executors = number },
            "--measure" when isNumber => this with { Measure = number },
            "--only" when FaultKinds.TryParse(value) is { } kinds => this with { Only = kinds },
            "--rondo" when File.Exists(value) => this with { Rondo = Path.GetFullPath(value) },
            "--previous" when File.Exists(value) => this with { Previous = Path.GetFullPath(value) },
            "--report" when value.Length > 0 => this with { Report = Path.GetFullPath(value) },
            _ => null,
        };
    }
}
