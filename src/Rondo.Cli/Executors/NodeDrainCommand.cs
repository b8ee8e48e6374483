using System.CommandLine;

namespace Rondo.Cli;

internal sealed class NodeDrainCommand : RondoCommand
{
    private readonly Argument<string> _id = OptionKinds.ExecutorId();
    private readonly Option<TimeSpan?> _timeout = OptionKinds.Duration(
        "--timeout",
        "How long to wait until nothing is left there. Default: as long as it takes"
    );

    public NodeDrainCommand()
        : base("drain", "Has an executor leave the ring in order")
    {
        Arguments.Add(_id);
        Options.Add(_timeout);
    }

    public override string More =>
        """
            The executor takes no more jobs, hands over what waits, and finishes what runs. Exits with 0 when nothing is left there, so that its
            process can be stopped; with 6 when --timeout is over first: it goes on draining, and asking again does no harm.
            """;

    public override IReadOnlyList<string> Examples { get; } = ["rondo node drain k7q2", "rondo node drain k7q2 --timeout 10m"];

    public override async Task<int> RunAsync(Session session, ParseResult parse)
    {
        var id = parse.GetValue(_id)!;
        var isDrained = await session.Client.DrainAsync(id, parse.GetValue(_timeout), session.Interrupted);
        await session.Talk.WriteLineAsync(isDrained ? $"{id} is drained: nothing is left there" : $"{id} is still draining");
        NodeState.Write(session, id, isDrained ? "drained" : "draining");
        return isDrained ? ExitCodes.Ok : ExitCodes.TimedOut;
    }
}
