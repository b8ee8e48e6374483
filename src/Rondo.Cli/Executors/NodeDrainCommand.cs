using System.CommandLine;
using Rondo.Client;

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
            The executor takes no more jobs, hands over what waits for an executor and its recurring jobs, and finishes what runs. Exits with 0
            when its process can be stopped; with 6 when --timeout is over first: it goes on draining, and asking again does no harm. Jobs that wait
            for a time or for other jobs, or that no other executor could take, stay in its data directory: start it again on it, for instance
            with a newer version.
            """;

    public override IReadOnlyList<string> Examples { get; } = ["rondo node drain k7q2", "rondo node drain k7q2 --timeout 10m"];

    public override async Task<int> RunAsync(Session session, ParseResult parse)
    {
        var id = parse.GetValue(_id)!;
        var drained = await session.Client.DrainAsync(id, parse.GetValue(_timeout), session.Interrupted);
        await session.Talk.WriteLineAsync(drained is null ? await StillThereAsync(session, id) : $"{id} is drained: {Left(drained)}");
        NodeState.Write(session, id, drained is null ? "draining" : "drained", drained);
        return drained is null ? ExitCodes.TimedOut : ExitCodes.Ok;
    }

    /// <summary>Tells what it still has, as the ring knows it.</summary>
    private static async Task<string> StillThereAsync(Session session, string id)
    {
        var ring = await session.Client.RingAsync(session.Interrupted);
        return ring.Executors.FirstOrDefault(executor => executor.Id == id) is { } row
            ? $"{id} is still draining: {row.Running} run there, {row.Waiting} wait; it goes on, ask again"
            : $"{id} is still draining; it goes on, ask again";
    }

    private static string Left(DrainedExecutor drained)
    {
        if (drained is { Waiting: 0, Scheduled: 0, Crons: 0 })
        {
            return "nothing is left there";
        }

        var waiting = drained.Waiting > 0 ? $"{drained.Waiting} jobs that nobody else can take, " : "";
        var next = drained.NextAt is { } at ? $" (the next is due at {at.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'})" : "";
        return $"{waiting}{drained.Scheduled} scheduled jobs{next} and {drained.Crons} crons stay in its data directory; start it again on it";
    }
}
