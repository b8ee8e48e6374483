using System.CommandLine;

namespace Rondo.Cli;

internal sealed class RingCommand : RondoCommand
{
    private readonly Option<bool> _watch = OptionKinds.Flag("--watch", "Goes on until Ctrl-C");
    private readonly Option<TimeSpan?> _every = OptionKinds.Duration(
        "--every",
        "How often --watch looks. Default: 500ms on a terminal, else 1s",
        TimeSpan.FromMilliseconds(10),
        TimeSpan.FromDays(1)
    );

    public RingCommand()
        : base("ring", "Shows the executors, their load and the token")
    {
        Options.Add(_watch);
        Options.Add(_every);
    }

    public override string More =>
        """
            The executor that answers is marked with a star, and its own numbers are of this moment. Those of the others are from the token's
            table: a lap old while jobs move, and up to a second where the token rests.
            """;

    public override IReadOnlyList<string> Examples { get; } = ["rondo ring", "rondo ring --watch", "rondo ring -o json"];

    public override async Task<int> RunAsync(Session session, ParseResult parse)
    {
        if (!parse.GetValue(_watch))
        {
            await WriteOnceAsync(session);
            return ExitCodes.Ok;
        }

        if (session.Format == OutputFormat.Table && session.Surroundings.IsOutputFancy)
        {
            await RingWatch.RunAsync(session, parse.GetValue(_every) ?? TimeSpan.FromMilliseconds(500));
        }
        else
        {
            await WriteLinesAsync(session, parse.GetValue(_every) ?? TimeSpan.FromSeconds(1));
        }

        return ExitCodes.Ok;
    }

    private static async Task WriteOnceAsync(Session session)
    {
        switch (session.Format)
        {
            case OutputFormat.Json or OutputFormat.JsonLines:
                var body = await session.Client.GetJsonAsync("v1/ring", session.Interrupted);
                await session.Out.WriteLineAsync(body.TrimEnd('\n'));
                break;
            case OutputFormat.Quiet:
                foreach (var executor in (await session.Client.RingAsync(session.Interrupted)).Executors)
                {
                    await session.Out.WriteLineAsync(executor.Id);
                }

                break;
            default:
                session.OutConsole.Write(
                    RingTable.Picture(await session.Client.RingAsync(session.Interrupted), session.OutConsole.Profile.Width)
                );
                break;
        }

        await session.Out.FlushAsync();
    }

    private static async Task WriteLinesAsync(Session session, TimeSpan every)
    {
        using var ticks = new PeriodicTimer(every, session.Surroundings.Clock);
        try
        {
            do
            {
                if (session.Format == OutputFormat.Table)
                {
                    await session.Out.WriteLineAsync(RingTable.Line(await session.Client.RingAsync(session.Interrupted)));
                    await session.Out.FlushAsync();
                }
                else
                {
                    await WriteOnceAsync(session);
                }
            } while (await ticks.WaitForNextTickAsync(session.Interrupted));
        }
        catch (OperationCanceledException) when (session.Interrupted.IsCancellationRequested)
        {
            await session.Out.FlushAsync();
        }
    }
}
