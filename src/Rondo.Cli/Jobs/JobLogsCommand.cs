using System.CommandLine;
using Rondo.Client;

namespace Rondo.Cli;

internal sealed class JobLogsCommand : RondoCommand
{
    private readonly Argument<string> _id = OptionKinds.JobId();
    private readonly Option<bool> _follow = OptionKinds.Flag("--follow", "Goes on until the job is final");
    private readonly Option<bool> _stderr = OptionKinds.Flag("--stderr", "Standard error instead of standard output");

    public JobLogsCommand()
        : base("logs", "Writes what a job has written so far")
    {
        Arguments.Add(_id);
        Options.Add(_follow);
        Options.Add(_stderr);
    }

    public override IReadOnlyList<string> Examples { get; } = ["rondo job logs k7q2-42 --follow", "rondo job logs k7q2-42 --stderr"];

    public override async Task<int> RunAsync(Session session, ParseResult parse)
    {
        var id = parse.GetValue(_id)!;
        var stream = parse.GetValue(_stderr) ? LogStream.Stderr : LogStream.Stdout;
        if (parse.GetValue(_follow))
        {
            await new LogFollower(session, id, stream, session.Surroundings.Output).RunAsync(session.Interrupted);
        }
        else
        {
            await using var logs = await session.Client.OpenLogsAsync(id, stream, follow: false, session.Interrupted);
            await logs.CopyToAsync(session.Surroundings.Output, session.Interrupted);
        }

        return ExitCodes.Ok;
    }
}
