using System.CommandLine;
using Rondo.Client;
using Spectre.Console;

namespace Rondo.Cli;

internal sealed class JobExplainCommand : RondoCommand
{
    private readonly JobSelection _jobs = new();

    public JobExplainCommand()
        : base("explain", "Says why a job waits, or is where it is") => _jobs.AddTo(this);

    public override IReadOnlyList<string> Examples { get; } = ["rondo job explain k7q2-42", "rondo job explain last"];

    public override async Task<int> RunAsync(Session session, ParseResult parse)
    {
        var ids = await _jobs.ResolveAsync(session, parse);
        var sink = new JsonSink(session, isMany: ids.Count > 1);
        var isFirst = true;
        var code = await EachJob.DoAsync(
            session,
            ids,
            async id =>
            {
                if (session.Format is OutputFormat.Json or OutputFormat.JsonLines)
                {
                    sink.Add(await session.Client.GetJsonAsync($"v1/jobs/{id}/explain", session.Interrupted));
                    return;
                }

                var explanation = await session.Client.ExplainAsync(id, session.Interrupted);
                if (session.Format == OutputFormat.Quiet)
                {
                    await session.Out.WriteLineAsync(explanation.Reason ?? explanation.State.ToWord());
                    return;
                }

                await session.Out.WriteAsync(isFirst ? "" : "\n");
                isFirst = false;
                Write(session.OutConsole, explanation);
            }
        );
        sink.Finish();
        return code;
    }

    private static void Write(IAnsiConsole console, JobExplanation explanation)
    {
        console.Write(explanation.Id, Palette.Bold);
        console.Write(" is ");
        console.Write(explanation.State.ToWord(), Palette.State(explanation.State));
        console.WriteLine(explanation.Reason is null ? "" : $" ({explanation.Reason})");
        if (explanation.Text is { } text)
        {
            console.WriteLine(OneLine.Of(text));
        }

        if (explanation is { State: JobState.Scheduled or JobState.Waiting, Executors: { Count: > 0 } executors })
        {
            console.WriteLine();
            var table = new DataTable("EXECUTOR", "CAN RUN IT", "WHY");
            foreach (var executor in executors)
            {
                table.Add(
                    new(executor.Id, Palette.Bold),
                    new(executor.CanRun ? "yes" : "no", executor.CanRun ? Palette.Good : Palette.Bad),
                    executor.Why
                );
            }

            table.Write(console);
        }

        TrailTable.Write(console, explanation.Trail);
    }
}
