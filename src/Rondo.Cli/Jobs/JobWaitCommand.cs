using System.CommandLine;
using System.Diagnostics;
using Rondo.Client;

namespace Rondo.Cli;

internal sealed class JobWaitCommand : RondoCommand
{
    private readonly JobSelection _jobs = new();
    private readonly Option<TimeSpan?> _timeout = OptionKinds.Duration(
        "--timeout",
        "How long to wait, such as 90s. Default: as long as it takes"
    );

    public JobWaitCommand()
        : base("wait", "Waits until jobs are final")
    {
        _jobs.AddTo(this);
        Options.Add(_timeout);
    }

    public override string More =>
        "Exits with 0 when all succeeded, 4 when one failed, 5 when one was cancelled, 6 when the time is over first.";

    public override IReadOnlyList<string> Examples { get; } =
    ["rondo job wait k7q2-42 k7q2-50..60", "rondo job wait last --timeout 1m30s", "rondo job wait --group sweep"];

    public override async Task<int> RunAsync(Session session, ParseResult parse)
    {
        var waited = Stopwatch.StartNew();
        var timeout = parse.GetValue(_timeout);
        var ids = await _jobs.ResolveAsync(session, parse, timeout: timeout);
        var sink = new JobOutcomes(session);
        List<Job> jobs = [];
        await foreach (var job in JobWaits.InOrderAsync(session, ids, timeout - waited.Elapsed))
        {
            jobs.Add(job);
            sink.Add(job);
        }

        sink.Finish();
        return JobWords.ExitCodeOf(jobs);
    }
}
