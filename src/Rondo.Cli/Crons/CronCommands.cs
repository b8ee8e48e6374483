using System.CommandLine;
using Rondo.Client;

namespace Rondo.Cli;

internal static class CronNames
{
    public const string ArgumentName = "NAME";
}

internal sealed class CronListCommand : RondoCommand
{
    public CronListCommand()
        : base("list", "Lists the crons of the ring") { }

    public override string More =>
        """
            Each cron is kept and fired by one executor of the ring, its home. While that one is down its crons are neither listed nor fired;
            what becomes of the times that it missed each cron says itself ('rondo cron add --missed'). The executor behind it in the ring has
            copies: when a home never returns, 'rondo node remove' lets its crons go on elsewhere.
            """;

    public override IReadOnlyList<string> Examples { get; } = ["rondo cron list", "rondo cron list -o json"];

    public override async Task<int> RunAsync(Session session, ParseResult parse)
    {
        var list = await session.Client.ListCronsAsync(session.Interrupted);
        CronTable.Write(session, list.Crons);
        session.Out.Flush();
        if (list.Unreachable is { Count: > 0 } unreachable)
        {
            await session.Talk.WriteLineAsync(
                $"rondo: not in this list: the crons of {string.Join(", ", unreachable)}, which cannot be reached; while it is down it fires none, and if it never returns 'rondo node remove' lets them go on elsewhere"
            );
        }

        if (list.Crons.Count == 0 && session.Format == OutputFormat.Table)
        {
            await session.Talk.WriteLineAsync("No crons.");
        }

        return ExitCodes.Ok;
    }
}

internal sealed class CronShowCommand : RondoCommand
{
    private readonly Argument<string> _name = new(CronNames.ArgumentName) { Description = "The cron's name; 'rondo cron list' lists them" };

    public CronShowCommand()
        : base("show", "Shows a cron, its job, and when it fires") => Arguments.Add(_name);

    public override IReadOnlyList<string> Examples { get; } = ["rondo cron show nightly"];

    public override async Task<int> RunAsync(Session session, ParseResult parse)
    {
        CronTable.WriteOne(session, await session.Client.GetCronAsync(parse.GetValue(_name)!, session.Interrupted));
        return ExitCodes.Ok;
    }
}

internal sealed class CronRemoveCommand : RondoCommand
{
    private readonly Argument<string[]> _names = new(CronNames.ArgumentName)
    {
        Description = "The crons' names; 'rondo cron list' lists them",
        Arity = ArgumentArity.OneOrMore,
    };

    public CronRemoveCommand()
        : base("remove", "Removes crons; jobs that they submitted go on") => Arguments.Add(_names);

    public override IReadOnlyList<string> Examples { get; } = ["rondo cron remove nightly"];

    public override async Task<int> RunAsync(Session session, ParseResult parse) =>
        await EachJob.DoAsync(
            session,
            parse.GetValue(_names)!,
            async name =>
            {
                if (!await session.Client.DeleteCronAsync(name, session.Interrupted))
                {
                    throw new RondoException($"there is no cron '{name}'") { Type = ProblemTypes.NotFound };
                }

                await session.Talk.WriteLineAsync($"{name} is removed");
            }
        );
}
