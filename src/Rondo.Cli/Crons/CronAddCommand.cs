using System.CommandLine;
using Rondo.Client;

namespace Rondo.Cli;

internal sealed class CronAddCommand : RondoCommand
{
    private readonly Argument<string> _name = new("NAME") { Description = "A name, unique in the ring; one that is there is replaced" };
    private readonly Argument<string> _expression = new("CRON")
    {
        Description =
            "Minute, hour, day, month and weekday, such as '30 2 * * 1-5', or six fields with seconds first; quote it, or the shell takes the stars",
    };
    private readonly Option<string?> _timeZone = OptionKinds.Text("--tz", "ZONE", "By whose clocks, such as Europe/Berlin. Default: UTC");
    private readonly Option<string?> _missed = OptionKinds.Choice(
        "--missed",
        "skip|once|all",
        "What becomes of times at which its executor was down. Default: skip",
        "skip",
        "once",
        "all"
    );
    private readonly JobOptions _job = new(again: true);

    public CronAddCommand()
        : base("add", "Submits a job again and again, at the times that a cron expression names")
    {
        Arguments.Add(_name);
        Arguments.Add(_expression);
        Options.Add(_timeZone);
        Options.Add(_missed);
        _job.AddTo(this);
    }

    public override string Synopsis => "NAME CRON [OPTIONS] -- COMMAND [ARG]...";

    public override string More =>
        """
            One executor of the ring keeps it, so that it fires once, however many there are; one that is drained gives it to another. While
            its executor is down it does not fire: --missed says what is done afterwards. 'skip' leaves out what is more than a minute late,
            'once' makes up for the last time, 'all' for each of them, at most 1,000.

            When clocks are set forward, a time that they leave out fires right after it. When they are set back, a time that comes twice fires
            once; what comes every hour or more often goes on as before.
            """;

    public override TailUse Tail => TailUse.Needed;

    public override IReadOnlyList<(string Title, IReadOnlyList<Option> Options)> Sections => _job.Sections;

    public override IReadOnlyList<(string Title, IReadOnlyList<(string Word, string? Meaning)> Entries)> Tables => JobOptions.Environment;

    public override IReadOnlyList<string> Examples { get; } =
    [
        "rondo cron add nightly '30 2 * * *' --tz Europe/Berlin --retries 3 -- ./backup.sh",
        "rondo cron add report '0 8 * * 1-5' --missed once --group reports -- ./report.sh",
    ];

    public override async Task<int> RunAsync(Session session, ParseResult parse)
    {
        var name = parse.GetValue(_name)!;
        if (name.Length == 0)
        {
            throw new UsageException("NAME is empty: a cron needs a name to be found by, such as nightly");
        }

        if (
            parse.GetValue(_timeZone) is { } zone
            && !TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _)
            && NearestWord.Of(zone, TimeZoneInfo.GetSystemTimeZones().Select(known => known.Id)) is { } near
        )
        {
            throw new UsageException($"--tz: '{zone}' is not a time zone. Did you mean '{near}'?");
        }

        var job = await _job.ReadAsync(session, parse) with { Command = session.Tail };
        var request = new CronRequest
        {
            Schedule = parse.GetValue(_expression)!,
            TimeZone = parse.GetValue(_timeZone),
            Missed = parse.GetValue(_missed),
            Job = job,
        };
        var cron = await session.Client.PutCronAsync(name, request, session.Interrupted);
        CronTable.WriteOne(session, cron);
        return ExitCodes.Ok;
    }
}
