using System.CommandLine;

namespace Rondo.Cli;

internal sealed class BenchCommand : RondoCommand
{
    private readonly Argument<string> _scenario = new("NAME") { Description = "What to measure; see below" };
    private readonly Option<bool> _here = OptionKinds.Flag("--here", "Measures the ring at --addr instead of a temporary one");
    private readonly Option<int?> _executors = OptionKinds.Number("--executors", "N", "Executors of the temporary ring. Default: 4", 1, 64);
    private readonly Option<int?> _slots = OptionKinds.Number("--slots", "N", "Slots of each of them. Default: what suits NAME", 1, 10_000);
    private readonly Option<int?> _jobs = OptionKinds.Number("--jobs", "N", "How many jobs. Default: what suits NAME", 1, 100_000_000);
    private readonly Option<string?> _kind = OptionKinds.Choice(
        "--kind",
        "noop|command",
        "What the jobs do: nothing, or run /bin/true. Default: noop",
        "noop",
        "command"
    );
    private readonly Option<int?> _rounds = OptionKinds.Number(
        "--rounds",
        "N",
        "How often it is measured; the median is told, with the least and the most. Default: 1",
        1,
        1_000
    );
    private readonly Option<string?> _to = OptionKinds.Choice(
        "--to",
        "all|one",
        "Whether jobs are submitted to all executors or to one. Default: all",
        "all",
        "one"
    );
    private readonly Option<int?> _payload = OptionKinds.Number("--payload", "BYTES", "Payload of a no-op job. Default: 0", 0, 1 << 20);
    private readonly Option<int?> _part = OptionKinds.Number(
        "--part",
        "N",
        "Lines of a batch that are sent at a time. Default: 500",
        1,
        100_000
    );
    private readonly Option<TimeSpan?> _duration = OptionKinds.Duration("--duration", "How long, where time says so. Default: 10s");
    private readonly Option<int?> _rate = OptionKinds.Number(
        "--rate",
        "N",
        "Jobs a second that keep the ring busy while something else is measured. Default: 0",
        0,
        1_000_000
    );
    private readonly Option<string?> _trace = OptionKinds.Text("--trace", "FILE", "Where 'balance' writes the spread over time");
    private readonly Option<string?> _folder = OptionKinds.Text("--data", "DIR", "Where the temporary ring keeps its data meanwhile");

    public BenchCommand()
        : base("bench", "Measures a ring: throughput, latency, balance and more")
    {
        _scenario.CustomParser = result =>
        {
            var name = result.Tokens[0].Value;
            if (BenchScenario.All.All(scenario => scenario.Name != name))
            {
                result.AddError($"'{name}' cannot be measured: expected {string.Join(", ", BenchScenario.All.Select(each => each.Name))}");
            }

            return name;
        };
        _scenario.CompletionSources.Add([.. BenchScenario.All.Select(scenario => scenario.Name)]);
        Arguments.Add(_scenario);
        foreach (
            var option in (Option[])
                [_here, _executors, _slots, _jobs, _kind, _rounds, _to, _payload, _part, _duration, _rate, _trace, _folder]
        )
        {
            Options.Add(option);
        }
    }

    public override string More => "Starts a temporary ring of processes of this program, measures it, and removes it again.";

    public override IReadOnlyList<(string Title, IReadOnlyList<(string Word, string? Meaning)> Entries)> Tables =>
        [("What is measured:", [.. BenchScenario.All.Select(scenario => (scenario.Name, (string?)scenario.About))])];

    public override IReadOnlyList<string> Examples { get; } =
    ["rondo bench throughput", "rondo bench latency --here", "rondo bench throughput --to one --payload 1000 -o json"];

    public override async Task<int> RunAsync(Session session, ParseResult parse)
    {
        var scenario = BenchScenario.All.Single(each => each.Name == parse.GetValue(_scenario));
        var kind = parse.GetValue(_kind) == "command" ? JobsOf.Command : JobsOf.NoOp;
        var plan = new BenchPlan(
            kind,
            parse.GetValue(_jobs) ?? scenario.DefaultJobs(kind),
            parse.GetValue(_to) == "one",
            parse.GetValue(_payload) ?? 0,
            parse.GetValue(_part) ?? 500,
            parse.GetValue(_duration) ?? TimeSpan.FromSeconds(10),
            parse.GetValue(_rate) ?? 0,
            parse.GetValue(_trace)
        );
        await using var ring = parse.GetValue(_here)
            ? await BenchRing.OfUserAsync(session)
            : await BenchRing.StartAsync(
                parse.GetValue(_executors) ?? 4,
                parse.GetValue(_slots) ?? scenario.DefaultSlots(kind),
                scenario.MaxUnfinished,
                parse.GetValue(_folder),
                session.Interrupted
            );
        var rounds = new Rounds();
        for (var left = parse.GetValue(_rounds) ?? 1; left > 0; left--)
        {
            rounds.Add(await scenario.RunAsync(ring, plan, session.Interrupted));
        }

        switch (session.Format)
        {
            case OutputFormat.Json or OutputFormat.JsonLines:
                await session.Out.WriteAsync(rounds.ToJson());
                break;
            case OutputFormat.Quiet:
                await session.Out.WriteAsync(rounds.ToFirstFigure());
                break;
            default:
                rounds.WriteTable(session.OutConsole);
                break;
        }

        return ExitCodes.Ok;
    }
}
