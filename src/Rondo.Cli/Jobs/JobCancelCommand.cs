using System.CommandLine;

namespace Rondo.Cli;

internal sealed class JobCancelCommand : RondoCommand
{
    private readonly JobSelection _jobs = new();

    public JobCancelCommand()
        : base("cancel", "Cancels jobs that are not final yet") => _jobs.AddTo(this);

    public override string More => "A job that runs is ended; 'rondo job wait' tells when it has. A final job stays as it is.";

    public override IReadOnlyList<string> Examples { get; } =
    [
        "rondo job cancel k7q2-42",
        "rondo job cancel --group sweep",
        "rondo job list --state waiting --all -o quiet | xargs rondo job cancel",
    ];

    public override async Task<int> RunAsync(Session session, ParseResult parse)
    {
        if (_jobs.GroupAlone(parse) is { } group)
        {
            return await CancelGroupAsync(session, group);
        }

        var outcomes = new JobOutcomes(session);
        var code = await EachJob.DoAsync(
            session,
            await _jobs.ResolveAsync(session, parse),
            async id => outcomes.Add(await session.Client.CancelAsync(id, session.Interrupted))
        );
        outcomes.Finish();
        return code;
    }

    private static async Task<int> CancelGroupAsync(Session session, string group)
    {
        var answer = await session.Client.CancelGroupAsync(group, session.Interrupted);
        if (answer is { Cancelled: 0, Unreachable: null or { Count: 0 } } && !await JobSelection.IsAnyAsync(session, group))
        {
            throw JobSelection.Nothing(group);
        }

        await session.Out.WriteLineAsync(
            session.Format switch
            {
                OutputFormat.Json or OutputFormat.JsonLines => answer.ToJson(),
                OutputFormat.Quiet => answer.Cancelled.ToString(),
                _ => answer.Cancelled == 1
                    ? $"1 job of group '{group}' is cancelled"
                    : $"{answer.Cancelled} jobs of group '{group}' are cancelled",
            }
        );
        if (answer.Unreachable is not { Count: > 0 } unreachable)
        {
            return ExitCodes.Ok;
        }

        await session.Talk.WriteLineAsync(
            $"rondo: not cancelled: the jobs of {string.Join(", ", unreachable)}, which cannot be reached; ask again when it is back"
        );
        return ExitCodes.Error;
    }
}
