using System.CommandLine;
using System.Text.Json;
using Spectre.Console;

namespace Rondo.Cli;

internal sealed class DoctorCommand : RondoCommand
{
    private readonly Option<string?> _data = OptionKinds.Text(
        "--data",
        "DIR",
        "The data directory whose disk is looked at. Default: the current directory"
    );
    private readonly Option<bool> _offline = OptionKinds.Flag("--offline", "This machine alone, without the ring");

    public DoctorCommand()
        : base("doctor", "Checks this machine and the ring, and says what to do")
    {
        Options.Add(_data);
        Options.Add(_offline);
    }

    public override string More =>
        """
            Looks at the program, time zones, the limit of open files, the data directory, its free space and how long its disk takes to make
            data durable; then at the ring: the executors' two ports, versions and clocks, and the token. Exits with 1 when something failed, 0
            when there are at most warnings.
            """;

    public override IReadOnlyList<string> Examples { get; } =
    ["rondo doctor", "rondo doctor --data /var/lib/rondo --offline", "rondo doctor -o jsonl | grep -v '\"ok\"'"];

    public override async Task<int> RunAsync(Session session, ParseResult parse)
    {
        List<Finding> findings = [.. MachineChecks.Run(parse.GetValue(_data) ?? ".")];
        if (!parse.GetValue(_offline))
        {
            findings.AddRange(await RingChecks.RunAsync(session));
        }

        Write(session, findings);
        return findings.Exists(finding => finding.Status == "failed") ? ExitCodes.Error : ExitCodes.Ok;
    }

    private static void Write(Session session, List<Finding> findings)
    {
        switch (session.Format)
        {
            case OutputFormat.Json or OutputFormat.JsonLines:
                var json = new JsonSink(session, isMany: true);
                findings.ForEach(finding => json.Add(JsonSerializer.Serialize(finding, FindingJson.Default.Finding)));
                json.Finish();
                break;
            case OutputFormat.Quiet:
                findings.Where(finding => finding.Status != "ok").ToList().ForEach(finding => session.Out.WriteLine(finding.Check));
                break;
            default:
                WriteTable(session.OutConsole, findings);
                break;
        }
    }

    private static void WriteTable(IAnsiConsole console, List<Finding> findings)
    {
        var table = new DataTable();
        foreach (var finding in findings)
        {
            var sign = finding.Status switch
            {
                "ok" => "✓",
                "warning" => "!",
                _ => "✗",
            };
            table.Add(new(sign, Palette.State(finding.Status)), new(finding.Check, Palette.Bold), finding.Found);
        }

        table.Write(console);
        var bad = findings.Where(finding => finding.Advice is not null).ToList();
        console.WriteLine();
        if (bad.Count == 0)
        {
            console.WriteLine("All is well.", Palette.Good);
            return;
        }

        foreach (var finding in bad)
        {
            console.Write($"{finding.Check}: ", Palette.State(finding.Status));
            console.WriteLine(finding.Advice!);
        }
    }
}
