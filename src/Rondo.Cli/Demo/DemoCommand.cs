using System.CommandLine;

namespace Rondo.Cli;

internal sealed class DemoCommand : RondoCommand
{
    private readonly Option<int?> _executors = OptionKinds.Number("--executors", "N", "How many executors. Default: 4", 2, 16);
    private readonly Option<int?> _jobs = OptionKinds.Number("--jobs", "N", "How many jobs. Default: 40", 1, 10_000);
    private readonly Option<int?> _slots = OptionKinds.Number(
        "--slots",
        "N",
        "How many jobs an executor runs at the same time. Default: 4",
        1,
        64
    );
    private readonly Option<bool> _keep = OptionKinds.Flag("--keep", "Keeps the executors' data and logs, and says where");

    public DemoCommand()
        : base("demo", "Shows on this machine what Rondo does: a ring, a crash, and nothing lost")
    {
        foreach (var option in (Option[])[_executors, _jobs, _slots, _keep])
        {
            Options.Add(option);
        }
    }

    public override string More =>
        """
            Starts executors as processes of their own on 127.0.0.1, gives all jobs to one of them and watches the ring share them out. Amid the
            work one executor is killed with SIGKILL, and started again on the same data. In the end every result is read a second time and
            compared. Exits with 0 only when all results are there, none was recorded twice, none changed, and the load was balanced.
            """;

    public override IReadOnlyList<string> Examples { get; } = ["rondo demo", "rondo demo --executors 8 --jobs 200", "rondo demo --keep"];

    public override async Task<int> RunAsync(Session session, ParseResult parse)
    {
        var plan = new DemoPlan(
            parse.GetValue(_executors) ?? 4,
            parse.GetValue(_jobs) ?? 40,
            parse.GetValue(_slots) ?? 4,
            parse.GetValue(_keep)
        );
        await using var stage = new DemoStage(plan, DemoStage.CreateFolder());
        var isData = session.Format == OutputFormat.Table;
        await using var view = await DemoView.StartAsync(isData ? session.OutConsole : session.TalkConsole, plan);
        var verdict = await new DemoRun(session, plan, stage, view).RunAsync();
        await view.ConcludeAsync(verdict, plan.Keep ? stage.Folder : null);
        if (!isData)
        {
            await session.Out.WriteLineAsync(verdict.ToJson());
        }

        return verdict.AllHold ? ExitCodes.Ok : ExitCodes.Error;
    }
}

/// <summary>What the demo is asked to do.</summary>
internal sealed record DemoPlan(int Executors, int Jobs, int Slots, bool Keep, int? MaxUnfinished = null);
