using System.CommandLine;
using Rondo.Client;

namespace Rondo.Cli;

internal sealed class JobResultCommand : RondoCommand
{
    private readonly JobSelection _jobs = new();

    public JobResultCommand()
        : base("result", "Writes the standard output of finished jobs, byte for byte") => _jobs.AddTo(this);

    public override string More => "Exits with 0 when all succeeded, 4 when one failed, 5 when one was cancelled.";

    public override IReadOnlyList<string> Examples { get; } =
    ["rondo job result k7q2-42 > page.png", "rondo job wait last && rondo job result last", "rondo job result --group sweep > all.txt"];

    public override async Task<int> RunAsync(Session session, ParseResult parse)
    {
        List<JobState> states = [];
        var code = await EachJob.DoAsync(
            session,
            await _jobs.ResolveAsync(session, parse),
            async id => states.Add(await WriteAsync(session, id))
        );
        return code != ExitCodes.Ok ? code
            : states.Contains(JobState.Failed) ? ExitCodes.JobFailed
            : states.Contains(JobState.Cancelled) ? ExitCodes.Cancelled
            : ExitCodes.Ok;
    }

    private static async Task<JobState> WriteAsync(Session session, string id)
    {
        await using var result = await session.Client.OpenResultAsync(id, session.Interrupted);
        await result.Content.CopyToAsync(session.Surroundings.Output, session.Interrupted);
        if (result.BytesDropped > 0)
        {
            await session.Talk.WriteLineAsync(
                $"rondo: the result of {id} is cut: {result.BytesDropped} more bytes were beyond the executor's bound (rondo start --output-max)"
            );
        }

        return result.State;
    }
}
