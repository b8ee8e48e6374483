using System.CommandLine;
using Rondo.Client;

namespace Rondo.Cli;

internal sealed class JobShowCommand : RondoCommand
{
    private readonly Argument<string> _id = OptionKinds.JobId();

    public JobShowCommand()
        : base("show", "Shows a job and its history") => Arguments.Add(_id);

    public override IReadOnlyList<string> Examples { get; } = ["rondo job show k7q2-42", "rondo job show k7q2-42 -o json"];

    public override async Task<int> RunAsync(Session session, ParseResult parse)
    {
        var id = parse.GetValue(_id)!;
        switch (session.Format)
        {
            case OutputFormat.Json or OutputFormat.JsonLines:
                var body = await session.Client.GetJsonAsync("v1/jobs/" + id, session.Interrupted);
                await session.Out.WriteLineAsync(body.TrimEnd('\n'));
                break;
            case OutputFormat.Quiet:
                await session.Out.WriteLineAsync((await session.Client.GetAsync(id, session.Interrupted)).State.ToWord());
                break;
            default:
                Write(session, await session.Client.GetAsync(id, session.Interrupted));
                break;
        }

        return ExitCodes.Ok;
    }

    private static void Write(Session session, Job job)
    {
        var ink = session.Ink;
        var now = session.Surroundings.Clock.GetUtcNow();
        var facts = new Columns();
        Fact("job", job.Id, ink.Bold);
        Fact("state", job.State.ToWord(), ink.State);
        Fact("reason", job.Reason);
        Fact("error", job.Error);
        Fact("exit code", job.ExitCode?.ToString());
        Fact("signal", job.Signal?.ToString());
        Fact("name", job.Name);
        Fact("group", job.Group);
        Fact(job.Kind == "handler" ? "handler" : "command", job.Handler ?? job.Summary);
        Fact("priority", job.Priority == 0 ? null : job.Priority.ToString());
        Fact("home", job.Home);
        Fact("executor", job.Holder);
        Fact(
            "attempt",
            job.Attempt == 0
                ? null
                : job.Attempt.ToString() + (job.Crashes > 0 ? $" (an executor crashed while it ran: {job.Crashes})" : "")
        );
        Fact("submitted", $"{Stamp(job.SubmittedAt)} ({Durations.Format(now - job.SubmittedAt)} ago)");
        Fact("started", job.StartedAt is { } started ? Stamp(started) : null);
        Fact("finished", job.FinishedAt is { } finished ? $"{Stamp(finished)} (ran {JobWords.Duration(job, now)})" : null);
        Fact("cancel", job is { CancelRequested: true, IsFinal: false } ? "requested" : null);
        facts.Write(session.Out, ink, int.MaxValue);
        WriteTrail(session, job);

        void Fact(string name, string? value, Func<string, string>? paint = null)
        {
            if (value is not null)
            {
                facts.Add(new(name, ink.Dim), new(value, paint));
            }
        }
    }

    private static void WriteTrail(Session session, Job job)
    {
        if (job.Trail is not { Count: > 0 } trail)
        {
            return;
        }

        var lines = new Columns();
        foreach (var entry in trail)
        {
            lines.Add(
                new("  +" + Durations.Format(entry.At - trail[0].At), session.Ink.Dim),
                new(entry.Event, session.Ink.Bold),
                entry.Executor,
                entry.Detail
            );
        }

        session.Out.WriteLine();
        session.Out.WriteLine(session.Ink.Dim("trail"));
        lines.Write(session.Out, session.Ink, int.MaxValue);
    }

    private static string Stamp(DateTimeOffset at) => at.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss.fff'Z'");
}
