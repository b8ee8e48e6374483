using System.Text.Json;
using Rondo.Client;
using Rondo.Executor;

namespace Rondo.Cli;

/// <summary>Crons in the chosen format.</summary>
internal static class CronTable
{
    public static void Write(Session session, IReadOnlyList<Cron> crons)
    {
        var json = new JsonSink(session, isMany: true);
        var table = new DataTable("NAME", "CRON", "ZONE", "NEXT", "LAST", "LAST JOB", "COMMAND");
        var now = session.Surroundings.Clock.GetUtcNow();
        foreach (var cron in crons)
        {
            switch (session.Format)
            {
                case OutputFormat.Json or OutputFormat.JsonLines:
                    json.Add(cron.ToJson());
                    break;
                case OutputFormat.Quiet:
                    session.Out.WriteLine(cron.Name);
                    break;
                default:
                    table.Add(
                        new(cron.Name, Palette.Bold),
                        cron.Schedule,
                        cron.TimeZone,
                        cron.NextAt is { } next ? Moments.Relative(now, next) : "never",
                        cron.LastAt is { } last ? Moments.Relative(now, last) : "-",
                        cron.LastJob ?? "-",
                        CommandOf(cron)
                    );
                    break;
            }
        }

        if (session.Format != OutputFormat.Quiet)
        {
            json.Finish();
        }

        table.Write(session.OutConsole);
    }

    public static void WriteOne(Session session, Cron cron)
    {
        if (session.Format != OutputFormat.Table)
        {
            session.Out.WriteLine(session.Format == OutputFormat.Quiet ? cron.Name : cron.ToJson());
            return;
        }

        var now = session.Surroundings.Clock.GetUtcNow();
        var facts = new DataTable();
        Fact("cron", cron.Name);
        Fact("expression", $"{cron.Schedule} ({cron.TimeZone ?? "UTC"})");
        Fact("missed", cron.Missed);
        Fact("home", cron.Home);
        Fact("next", cron.NextAt is { } next ? $"{Moments.Stamp(next)} ({Moments.Relative(now, next)})" : "never");
        Fact("last", cron.LastAt is { } last ? $"{Moments.Stamp(last)} ({Moments.Relative(now, last)})" : null);
        Fact("last job", cron.LastJob);
        Fact("command", CommandOf(cron));
        Fact("job", cron.Job.ValueKind == JsonValueKind.Undefined ? null : cron.Job.GetRawText());
        facts.Write(session.OutConsole);

        void Fact(string name, string? value)
        {
            if (value is not null)
            {
                facts.Add(new(name, Palette.Dim), value);
            }
        }
    }

    private static string? CommandOf(Cron cron)
    {
        if (cron.Job is not { ValueKind: JsonValueKind.Object } job)
        {
            return null;
        }

        return job.TryGetProperty("command", out var command) && command.ValueKind == JsonValueKind.Array
                ? ShellWords.Join(command.EnumerateArray().Select(word => word.ToString()))
            : job.TryGetProperty("handler", out var handler) ? handler.ToString()
            : null;
    }
}
