using System.CommandLine;

namespace Rondo.Cli;

internal sealed class NodeListCommand : RondoCommand
{
    public NodeListCommand()
        : base("list", "Lists the executors of the ring") { }

    public override IReadOnlyList<string> Examples { get; } = ["rondo node list", "rondo node list -o quiet"];

    public override async Task<int> RunAsync(Session session, ParseResult parse)
    {
        var ring = await session.Client.RingAsync(session.Interrupted);
        var json = new JsonSink(session, isMany: true);
        var table = new DataTable("ID", "NAME", "STATE", "RUNNING", "WAITING", "SLOTS", "STARTS", "ADDRESS", "RING");
        foreach (var executor in ring.Executors)
        {
            switch (session.Format)
            {
                case OutputFormat.Json or OutputFormat.JsonLines:
                    json.Add(executor.ToJson());
                    break;
                case OutputFormat.Quiet:
                    await session.Out.WriteLineAsync(executor.Id);
                    break;
                default:
                    table.Add(
                        new(executor.Id, Palette.Bold),
                        executor.Name,
                        new(executor.State, Palette.State(executor.State)),
                        executor.Running.ToString(),
                        executor.Waiting.ToString(),
                        executor.Slots.ToString(),
                        executor.Incarnation.ToString(),
                        executor.Address,
                        executor.RingAddress
                    );
                    break;
            }
        }

        json.Finish();
        table.Write(session.OutConsole);
        return ExitCodes.Ok;
    }
}
