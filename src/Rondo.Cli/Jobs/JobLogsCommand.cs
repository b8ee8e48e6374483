using System.CommandLine;
using Rondo.Client;

namespace Rondo.Cli;

internal sealed class JobLogsCommand : RondoCommand
{
    private readonly JobSelection _jobs = new();
    private readonly Option<bool> _follow = OptionKinds.Flag("--follow", "Goes on until the job is final");
    private readonly Option<bool> _stderr = OptionKinds.Flag("--stderr", "Standard error instead of standard output");

    public JobLogsCommand()
        : base("logs", "Writes what jobs have written so far")
    {
        _jobs.AddTo(this);
        Options.Add(_follow);
        Options.Add(_stderr);
    }

    public override IReadOnlyList<string> Examples { get; } = ["rondo job logs k7q2-42 --follow", "rondo job logs last --stderr"];

    public override async Task<int> RunAsync(Session session, ParseResult parse)
    {
        GlobalOptions.RefuseFormat(parse);
        var stream = parse.GetValue(_stderr) ? LogStream.Stderr : LogStream.Stdout;
        var isFollowed = parse.GetValue(_follow);
        return await EachJob.DoAsync(
            session,
            await _jobs.ResolveAsync(session, parse),
            async id =>
            {
                await WriteAsync(session, id, stream, isFollowed);
                // Only now: a job that still runs may yet come to the bound.
                foreach (var cut in CutOutput.Of(await session.Client.GetAsync(id, session.Interrupted), stream))
                {
                    await session.Talk.WriteLineAsync("rondo: " + cut);
                }
            }
        );
    }

    private static async Task WriteAsync(Session session, string id, LogStream stream, bool isFollowed)
    {
        if (isFollowed)
        {
            var following = new LogFollower(session, id, stream, session.Surroundings.Output).RunAsync(session.Interrupted);
            await new WaitNote(session).WhileAsync(id, following);
            return;
        }

        await using var logs = await session.Client.OpenLogsAsync(id, stream, follow: false, session.Interrupted);
        await logs.CopyToAsync(session.Surroundings.Output, session.Interrupted);
    }
}
