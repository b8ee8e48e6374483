using System.CommandLine;
using Rondo.Client;

namespace Rondo.Cli;

internal sealed class JobWaitCommand : RondoCommand
{
    private readonly Argument<string[]> _ids = OptionKinds.JobIds();
    private readonly Option<TimeSpan?> _timeout = OptionKinds.Duration(
        "--timeout",
        "How long to wait, such as 90s. Default: as long as it takes"
    );

    public JobWaitCommand()
        : base("wait", "Waits until jobs are final")
    {
        Arguments.Add(_ids);
        Options.Add(_timeout);
    }

    public override string More =>
        "Exits with 0 when all succeeded, 4 when one failed, 5 when one was cancelled, 6 when the time is over first.";

    public override IReadOnlyList<string> Examples { get; } = ["rondo job wait k7q2-42 k7q2-43", "rondo job wait k7q2-42 --timeout 1m30s"];

    public override async Task<int> RunAsync(Session session, ParseResult parse)
    {
        var timeout = parse.GetValue(_timeout);
        using var gate = new SemaphoreSlim(JobWaits.MaxAtOnce);
        Task<Job>[] waits = [.. parse.GetValue(_ids)!.Select(WaitAsync)];
        var sink = new JobOutcomes(session);
        List<Job> jobs = [];
        foreach (var wait in waits)
        {
            jobs.Add(await wait);
            sink.Add(jobs[^1]);
        }

        sink.Finish();
        return !jobs.TrueForAll(job => job.IsFinal) ? ExitCodes.TimedOut
            : jobs.Exists(job => job.State == JobState.Failed) ? ExitCodes.JobFailed
            : jobs.Exists(job => job.State == JobState.Cancelled) ? ExitCodes.Cancelled
            : ExitCodes.Ok;

        async Task<Job> WaitAsync(string id)
        {
            await gate.WaitAsync(session.Interrupted);
            try
            {
                return await session.Client.WaitAsync(id, timeout, session.Interrupted);
            }
            finally
            {
                gate.Release();
            }
        }
    }
}

internal static class JobWaits
{
    /// <summary>How many connections wait at the same time for one command.</summary>
    public const int MaxAtOnce = 256;
}
