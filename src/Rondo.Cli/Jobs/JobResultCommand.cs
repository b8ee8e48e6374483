using System.CommandLine;

namespace Rondo.Cli;

internal sealed class JobResultCommand : RondoCommand
{
    private readonly Argument<string> _id = OptionKinds.JobId();

    public JobResultCommand()
        : base("result", "Writes a finished job's standard output, byte for byte") => Arguments.Add(_id);

    public override string More => "Exits with 0 for a job that succeeded, 4 for one that failed, 5 for one that was cancelled.";

    public override IReadOnlyList<string> Examples { get; } =
    ["rondo job result k7q2-42 > page.png", "rondo job wait k7q2-42 && rondo job result k7q2-42"];

    public override async Task<int> RunAsync(Session session, ParseResult parse)
    {
        var id = parse.GetValue(_id)!;
        await using var result = await session.Client.OpenResultAsync(id, session.Interrupted);
        await result.Content.CopyToAsync(session.Surroundings.Output, session.Interrupted);
        if (result.BytesDropped > 0)
        {
            await session.Talk.WriteLineAsync(
                $"rondo: the result of {id} is cut: {result.BytesDropped} more bytes were beyond the executor's bound"
            );
        }

        return result.State switch
        {
            Client.JobState.Failed => ExitCodes.JobFailed,
            Client.JobState.Cancelled => ExitCodes.Cancelled,
            _ => ExitCodes.Ok,
        };
    }
}
