using System.CommandLine;

namespace Rondo.Cli;

internal sealed class NodeRemoveCommand : RondoCommand
{
    private readonly Argument<string> _id = OptionKinds.ExecutorId();

    public NodeRemoveCommand()
        : base("remove", "Removes an executor that will never return") => Arguments.Add(_id);

    public override string More =>
        """
            Jobs of other homes that it held are taken back by their homes, and run again. The jobs that it accepted itself are gone with its
            data directory: use 'rondo node drain' wherever the executor still answers. Its crons go on at others, from copies that are at most ten
            seconds old. Should it come back with its data directory all the same, it is taken in again, and its jobs run.
            """;

    public override IReadOnlyList<string> Examples { get; } = ["rondo node remove k7q2"];

    public override async Task<int> RunAsync(Session session, ParseResult parse)
    {
        var id = parse.GetValue(_id)!;
        await session.Client.RemoveAsync(id, session.Interrupted);
        await session.Talk.WriteLineAsync($"{id} is removed from the ring");
        NodeState.Write(session, id, "removed");
        return ExitCodes.Ok;
    }
}
