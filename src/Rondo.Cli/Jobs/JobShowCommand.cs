using System.CommandLine;
using Rondo.Client;
using Spectre.Console;

namespace Rondo.Cli;

internal sealed class JobShowCommand : RondoCommand
{
    private readonly JobSelection _jobs = new();

    public JobShowCommand()
        : base("show", "Shows jobs and their history") => _jobs.AddTo(this);

    public override IReadOnlyList<string> Examples { get; } =
    ["rondo job show k7q2-42", "rondo job show last -o json", "rondo job show k7q2-10..12 -o jsonl"];

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
                switch (session.Format)
                {
                    case OutputFormat.Json or OutputFormat.JsonLines:
                        sink.Add(await session.Client.GetJsonAsync("v1/jobs/" + id, session.Interrupted));
                        break;
                    case OutputFormat.Quiet:
                        await session.Out.WriteLineAsync((await session.Client.GetAsync(id, session.Interrupted)).State.ToWord());
                        break;
                    default:
                        var job = await session.Client.GetAsync(id, session.Interrupted);
                        await session.Out.WriteAsync(isFirst ? "" : "\n");
                        isFirst = false;
                        Write(session, job);
                        break;
                }
            }
        );
        sink.Finish();
        return code;
    }

    private static void Write(Session session, Job job)
    {
        var now = session.Surroundings.Clock.GetUtcNow();
        var facts = new DataTable();
        Fact("job", job.Id, Palette.Bold);
        Fact("state", job.State.ToWord(), Palette.State(job.State));
        Fact("reason", job.Reason);
        Fact("error", job.Error);
        Fact("exit code", job.ExitCode?.ToString());
        Fact("signal", job.Signal?.ToString());
        Fact("output", Cut(job.ResultBytesDropped));
        Fact("standard error", Cut(job.ErrorBytesDropped));
        Fact("name", job.Name);
        Fact("group", job.Group);
        Fact(job.Kind == "handler" ? "handler" : "command", job.Handler ?? job.Summary);
        Fact("index", job.Index?.ToString());
        Fact("labels", Pairs(job.Labels));
        Fact("requires", Pairs(job.Requires));
        Fact("priority", job.Priority == 0 ? null : job.Priority.ToString());
        Fact("home", job.Home);
        Fact("executor", job.Holder);
        Fact(
            "attempt",
            job.Attempt == 0
                ? null
                : job.Attempt.ToString() + (job.Crashes > 0 ? $" (an executor crashed while it ran: {job.Crashes})" : "")
        );
        Fact("retries", job.Retries is { } retries ? Retries(retries) : null);
        Fact("next attempt", job.NextAttemptAt is { } next ? $"{Moments.Stamp(next)} ({Moments.Relative(now, next)})" : null);
        Fact("progress", job.Progress is { } progress ? $"{progress.Percent:0.#}% {progress.Text}".TrimStart('%', ' ') : null);
        Fact("after", job.After is { Count: > 0 } after ? string.Join(", ", after.Select(Dependency)) : null);
        Fact("concurrency", job.Concurrency is { } limit ? $"{limit.Key}, at most {limit.Max} at once" : null);
        Fact(
            "time limit",
            job.Timeout is { } timeout
                ? DurationText.Format(timeout)
                    + (job.KillGrace is { } grace ? $", then {DurationText.Format(grace)} from SIGTERM to SIGKILL" : "")
                : null
        );
        Fact("on executor loss", job.OnExecutorLoss);
        Fact("starts at", job.StartAt is { } start ? $"{Moments.Stamp(start)} ({Moments.Relative(now, start)})" : null);
        Fact("idempotency key", job.IdempotencyKey);
        Fact("kept for", job.Retention is { } retention ? DurationText.Format(retention) : null);
        Fact("retry of", job.RetryOf);
        Fact("submitted", $"{Moments.Stamp(job.SubmittedAt)} ({Durations.Format(now - job.SubmittedAt)} ago)");
        Fact("started", job.StartedAt is { } started ? Moments.Stamp(started) : null);
        Fact(
            "finished",
            job.FinishedAt is { } finished
                ? Moments.Stamp(finished) + (job.StartedAt is null ? "" : $" (ran {JobWords.Duration(job, now)})")
                : null
        );
        Fact("cancel", job is { CancelRequested: true, IsFinal: false } ? "requested" : null);
        facts.Write(session.OutConsole);
        TrailTable.Write(session.OutConsole, job.Trail);

        void Fact(string name, string? value, Style? style = null)
        {
            if (value is not null)
            {
                facts.Add(new(name, Palette.Dim), new(value, style));
            }
        }
    }

    private static string? Cut(long bytesDropped) => bytesDropped > 0 ? $"cut: {CutOutput.Why(bytesDropped)}" : null;

    private static string? Pairs(IReadOnlyDictionary<string, string>? pairs) =>
        pairs is { Count: > 0 } ? string.Join(", ", pairs.Select(pair => $"{pair.Key}={pair.Value}")) : null;

    private static string Retries(JobRetries retries) =>
        $"{retries.Used} of {retries.Max} used"
        + (retries.Backoff is { } backoff ? $", backoff {DurationText.Format(backoff)}" : "")
        + (retries.MaxBackoff is { } most ? $" to {DurationText.Format(most)}" : "")
        + (retries.ExitCodes is { Count: > 0 } codes ? $", after exit code {string.Join(", ", codes)}" : "")
        + (retries.Exceptions is { Count: > 0 } names ? $", after {string.Join(", ", names)}" : "");

    private static string Dependency(JobDependency dependency) =>
        dependency.Id
        + (dependency.When is null or "success" ? "" : ":" + dependency.When)
        + (dependency.State is null ? "" : $" ({dependency.State})");
}
