using System.CommandLine;
using Rondo.Client;

namespace Rondo.Cli;

internal sealed class NodeDrainCommand : RondoCommand
{
    /// <summary>As many as one list has.</summary>
    private const int CountedMax = 1000;

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
            The executor takes no more jobs, hands over what waits for an executor and its recurring jobs, finishes what runs, and waits for the
            results of what it handed over, since it alone answers for the jobs that it accepted. To replace it at once, stop its process and
            start it again instead, which loses nothing.

            Exits with 0 when its process can be stopped; with 6 when --timeout is over first: it goes on draining, and asking again does no harm.
            Jobs that wait for a time or for other jobs, or that no other executor could take, stay in its data directory: start it again on it,
            for instance with a newer version.
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

    /// <summary>Tells what it still waits for, as the ring knows it.</summary>
    private static async Task<string> StillThereAsync(Session session, string id)
    {
        var ring = await session.Client.RingAsync(session.Interrupted);
        var row = ring.Executors.FirstOrDefault(executor => executor.Id == id);
        List<string> left = [];
        Add((row?.Running ?? 0, false), "run there");
        Add((row?.Waiting ?? 0, false), "wait there");
        Add(await ElsewhereAsync(session, id, JobState.Running), "of its own run elsewhere");
        Add(await ElsewhereAsync(session, id, JobState.Waiting), "of its own wait elsewhere");
        return $"{id} is still draining{(left.Count > 0 ? ": " : "")}{string.Join(", ", left)}; it goes on, ask again";

        void Add((int Count, bool OrMore) jobs, string what)
        {
            if (jobs.Count > 0)
            {
                left.Add($"{jobs.Count}{(jobs.OrMore ? " or more" : "")} {what}");
            }
        }
    }

    private static async Task<(int Count, bool OrMore)> ElsewhereAsync(Session session, string id, JobState state)
    {
        var query = new JobQuery { State = state, PageSize = CountedMax };
        var page = await session.Client.ListPageAsync(query, cancellationToken: session.Interrupted);
        return (page.Jobs.Count(job => job.Home == id && job.Holder != id), page.NextCursor is not null);
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
