using System.CommandLine;
using System.Text;

namespace Rondo.Cli;

internal sealed class MapCommand : RondoCommand
{
    /// <summary>A little more than runs at once keeps every slot busy between two looks at the ring.</summary>
    private const int InFlightPerSlot = 4;

    private const string Placeholder = "{}";

    private readonly Option<int?> _max = OptionKinds.Number(
        "--max",
        "N",
        $"How many jobs are unfinished at the same time at most. Default: {InFlightPerSlot} for each slot of the ring",
        1,
        JobWaits.MaxAtOnce * 16
    );

    private readonly JobOptions _job = new();

    public MapCommand()
        : base("map", "Runs a command for every line of standard input")
    {
        Options.Add(_max);
        _job.AddTo(this);
    }

    public override string Synopsis => "[OPTIONS] -- COMMAND [ARG {}]...";

    public override string More =>
        """
            Every {} in the command is replaced by the line; without one the line is added at the end. What the jobs write to standard output
            is written here in the order of the lines, while later jobs run on; the standard error of those that failed goes to standard error.
            Ctrl-C cancels the jobs; a second one leaves them. Exits with 0 when all succeeded, 4 otherwise.
            """;

    public override bool TakesTail => true;

    public override IReadOnlyList<string> Examples { get; } =
    [
        "seq 100 | rondo map -- sh -c 'echo $(({} * {}))'",
        "ls *.wav | rondo map -- flac --best {}",
        "rondo map --max 8 -- curl -sO < urls.txt",
    ];

    public override async Task<int> RunAsync(Session session, ParseResult parse)
    {
        var max =
            parse.GetValue(_max)
            ?? Math.Clamp(
                (await session.Client.RingAsync(session.Interrupted))
                    .Executors.Where(executor => executor.IsAlive)
                    .Sum(executor => executor.Slots) * InFlightPerSlot,
                InFlightPerSlot,
                JobWaits.MaxAtOnce
            );
        using var input = new StreamReader(session.Surroundings.Input, Encoding.UTF8, leaveOpen: true);
        using var run = new MapRun(session, line => _job.Read(parse, Fill(session.Tail!, line)), max);
        return await run.RunAsync(input);
    }

    private static string[] Fill(string[] command, string line) =>
        command.Any(argument => argument.Contains(Placeholder, StringComparison.Ordinal))
            ? [.. command.Select(argument => argument.Replace(Placeholder, line, StringComparison.Ordinal))]
            : [.. command, line];
}
