using System.CommandLine;
using Rondo.Client;

namespace Rondo.Cli;

internal sealed class JobRetryCommand : RondoCommand
{
    private readonly JobSelection _jobs = new();

    public JobRetryCommand()
        : base("retry", "Runs jobs that failed or were cancelled once more, each as a new job") => _jobs.AddTo(this);

    public override string More =>
        "A result never changes: the new job has an id of its own, which is printed, and names the one that it repeats. Of a group those are run again that failed or were cancelled.";

    public override IReadOnlyList<string> Examples { get; } = ["rondo job retry k7q2-42", "rondo job retry --group sweep"];

    public override async Task<int> RunAsync(Session session, ParseResult parse)
    {
        var ids = await _jobs.ResolveAsync(session, parse, job => job.State is JobState.Failed or JobState.Cancelled);
        var sink = new IdSink(session, isMany: ids.Count > 1);
        var code = await EachJob.DoAsync(session, ids, async id => sink.Add(await session.Client.RetryAsync(id, session.Interrupted)));
        sink.Finish();
        return code;
    }
}
