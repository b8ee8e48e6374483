using System.CommandLine;
using Rondo.Client;

namespace Rondo.Cli;

internal sealed class JobListCommand : RondoCommand
{
    private const int PageMax = 500;

    private readonly Option<string?> _state = OptionKinds.Choice(
        "--state",
        "STATE",
        "Only scheduled, waiting, running, succeeded, failed or cancelled jobs",
        "scheduled",
        "waiting",
        "running",
        "succeeded",
        "failed",
        "cancelled"
    );

    private readonly Option<string?> _name = OptionKinds.Name("--name", "NAME", "Only jobs with this name");
    private readonly Option<string?> _group = OptionKinds.Name("--group", "GROUP", "Only jobs of this group");
    private readonly Option<string[]> _labels = OptionKinds.Texts("--label", "KEY=VALUE", "Only jobs with this label; repeat it for more");
    private readonly Option<Func<TimeProvider, DateTimeOffset>?> _since = CreateSince();
    private readonly Option<int?> _limit = OptionKinds.Number("--limit", "N", "How many jobs at most. Default: 50", 1, int.MaxValue);
    private readonly Option<bool> _all = OptionKinds.Flag("--all", "All jobs, however many");

    public JobListCommand()
        : base("list", "Lists the jobs of the whole ring, newest first")
    {
        foreach (var option in (Option[])[_state, _name, _group, _labels, _since, _limit, _all])
        {
            Options.Add(option);
        }
    }

    public override IReadOnlyList<string> Examples { get; } =
    [
        "rondo job list --since 1h --state failed",
        "rondo job list --group nightly -o quiet | xargs rondo job wait",
        "rondo job list --all -o jsonl | grep crash_limit",
    ];

    public override async Task<int> RunAsync(Session session, ParseResult parse)
    {
        if (parse.GetValue(_all) && parse.GetValue(_limit) is not null)
        {
            throw new UsageException("--all and --limit exclude each other: give one of them");
        }

        var limit = parse.GetValue(_all) ? int.MaxValue : parse.GetValue(_limit) ?? 50;
        var query = new JobQuery
        {
            State = parse.GetValue(_state) is { } state ? JobStateWords.Parse(state) : null,
            Name = parse.GetValue(_name),
            Group = parse.GetValue(_group),
            Labels = KeyValues.Read("--label", "env=test", parse.GetValue(_labels)),
            Since = parse.GetValue(_since)?.Invoke(session.Surroundings.Clock),
            PageSize = Math.Min(limit, PageMax),
        };
        var sink = new JobSink(session);
        string? cursor = null;
        HashSet<string> unreachable = [];
        do
        {
            var page = await session.Client.ListPageAsync(query, cursor, session.Interrupted);
            foreach (var job in page.Jobs.Take(limit))
            {
                sink.Add(job);
            }

            limit -= page.Jobs.Count;
            unreachable.UnionWith(page.Unreachable ?? []);
            cursor = page.NextCursor;
        } while (cursor is not null && limit > 0);

        sink.Finish();
        Note(session, cursor is not null, unreachable, sink.Count);
        return ExitCodes.Ok;
    }

    /// <summary>What a time means depends on the clock, which is not known yet while the command line is read.</summary>
    private static Option<Func<TimeProvider, DateTimeOffset>?> CreateSince()
    {
        var option = new Option<Func<TimeProvider, DateTimeOffset>?>("--since")
        {
            HelpName = "TIME",
            Description = "Only jobs submitted since then, such as 22:30 or 2026-01-31, or within a duration, such as 90m",
        };
        option.CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (DurationText.TryParse(text, out var ago))
            {
                return clock => clock.GetUtcNow() - ago;
            }

            if (Times.TryParse(text, TimeProvider.System, out _))
            {
                return clock => LastSuch(text, clock);
            }

            result.AddError($"--since: '{text}' is no time: {Times.Expected}, or a duration such as 90m");
            return null;
        };
        return option;
    }

    /// <summary>A time of day is the next such moment elsewhere, and the last one here.</summary>
    private static DateTimeOffset LastSuch(string text, TimeProvider clock) =>
        Times.Parse(text, clock) is var time && (text.Contains('-') || time <= clock.GetUtcNow()) ? time : time.AddDays(-1);

    private static void Note(Session session, bool isCut, HashSet<string> unreachable, int count)
    {
        if (unreachable.Count > 0)
        {
            session.Talk.WriteLine(
                $"rondo: not in this list: the jobs of {string.Join(", ", unreachable.Order())}, which cannot be reached"
            );
        }

        if (session.Format == OutputFormat.Table && count == 0)
        {
            session.Talk.WriteLine("No jobs.");
        }
        else if (session.Format == OutputFormat.Table && isCut)
        {
            session.Talk.WriteLine($"The newest {count}; --limit N or --all shows more.");
        }
    }
}
