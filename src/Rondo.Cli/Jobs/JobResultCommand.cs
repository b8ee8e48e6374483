using System.CommandLine;
using Rondo.Client;

namespace Rondo.Cli;

internal sealed class JobResultCommand : RondoCommand
{
    private readonly JobSelection _jobs = new();

    public JobResultCommand()
        : base("result", "Writes the standard output of finished jobs, byte for byte") => _jobs.AddTo(this);

    public override string More =>
        "Exits with 0 when all succeeded, 1 when one has not ended yet, 4 when one failed, 5 when one was cancelled.";

    public override IReadOnlyList<string> Examples { get; } =
    ["rondo job result k7q2-42 > page.png", "rondo job wait last && rondo job result last", "rondo job result --group sweep > all.txt"];

    public override async Task<int> RunAsync(Session session, ParseResult parse)
    {
        GlobalOptions.RefuseFormat(parse);
        List<JobState?> states = [];
        var code = await EachJob.DoAsync(
            session,
            await _jobs.ResolveAsync(session, parse),
            async id => states.Add(await WriteAsync(session, id))
        );
        return code != ExitCodes.Ok ? code
            : states.Contains(null) ? ExitCodes.Error
            : states.Contains(JobState.Failed) ? ExitCodes.JobFailed
            : states.Contains(JobState.Cancelled) ? ExitCodes.Cancelled
            : ExitCodes.Ok;
    }

    /// <summary>How the job ended; null when it has not.</summary>
    private static async Task<JobState?> WriteAsync(Session session, string id)
    {
        JobResult result;
        try
        {
            result = await session.Client.OpenResultAsync(id, session.Interrupted);
        }
        catch (RondoException early) when (early.Type == ProblemTypes.NotFinished)
        {
            await session.Talk.WriteLineAsync(
                $"rondo: {id} has not ended yet: 'rondo job wait {id}' waits for it, 'rondo job logs {id}' writes what there is"
            );
            return null;
        }

        await using var _ = result;
        await result.Content.CopyToAsync(session.Surroundings.Output, session.Interrupted);
        if (result.BytesDropped > 0)
        {
            await session.Talk.WriteLineAsync("rondo: " + CutOutput.Text($"the result of {id}", result.BytesDropped));
        }

        if (result.State != JobState.Succeeded)
        {
            await session.Talk.WriteLineAsync($"rondo: {id} {Ending(result)}");
        }

        return result.State;
    }

    private static string Ending(JobResult result) =>
        result switch
        {
            { State: JobState.Cancelled } => "was cancelled",
            { ExitCode: { } code } => $"failed with exit code {code}",
            _ => "failed; 'rondo job show' says why",
        };
}
