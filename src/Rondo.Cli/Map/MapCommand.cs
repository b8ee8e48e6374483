using System.CommandLine;
using System.Security.Cryptography;

namespace Rondo.Cli;

internal sealed class MapCommand : RondoCommand
{
    /// <summary>A little more than runs at once keeps every slot busy between two looks at the ring.</summary>
    private const int InFlightPerSlot = 4;

    private readonly Option<int?> _max = OptionKinds.Number(
        "--jobs",
        "N",
        $"How many jobs are unfinished at the same time at most. Default: {InFlightPerSlot} for each slot of the ring",
        1,
        JobWaits.MaxAtOnce * 16
    );
    private readonly Option<bool> _isNull = OptionKinds.Flag("--null", "Lines end with a zero byte, as find -print0 writes them");
    private readonly Option<HaltRule?> _halt = CreateHalt();
    private readonly Option<bool> _keepGoing = OptionKinds.Flag("--keep-going", "The same as --halt never, which is the default");
    private readonly Option<string?> _log = OptionKinds.Text(
        "--joblog",
        "FILE",
        "Writes a line for each job to FILE, with the columns of GNU parallel"
    );
    private readonly Option<bool> _resume = OptionKinds.Flag(
        "--resume",
        "Leaves out the lines that --joblog shows as succeeded, and adds to it"
    );

    private readonly JobOptions _job = new();

    public MapCommand()
        : base("map", "Runs a command for every line of standard input")
    {
        _max.Aliases.Add("-j");
        _isNull.Aliases.Add("-0");
        foreach (var option in (Option[])[_max, _isNull, _halt, _keepGoing, _log, _resume])
        {
            Options.Add(option);
        }

        _job.AddTo(this);
    }

    public override string Synopsis => "[OPTIONS] -- COMMAND [ARG {}]... [::: LINE...]";

    public override string More =>
        """
            Every {} in the command is replaced by the line; so are {.} (without its extension), {/} (file name), {/.}, {//} (directory) and
            {#} (number). Without any the line is added at the end. What the jobs write to standard output is written here in the order of the
            lines, while later jobs run on; the standard error of those that failed goes to standard error. With -o jsonl a JSON text a job is
            written instead, with its line, the job and its standard output as "result". The jobs are of one group, unless --group says which.
            Ctrl-C cancels the jobs; a second one leaves them. Exits with 0 when all succeeded, 5 after Ctrl-C (130 when they are left), 4
            otherwise.
            """;

    public override TailUse Tail => TailUse.Needed;

    public override IReadOnlyList<(string Title, IReadOnlyList<Option> Options)> Sections => _job.Sections;

    public override IReadOnlyList<(string Title, IReadOnlyList<(string Word, string? Meaning)> Entries)> Tables => JobOptions.Environment;

    public override IReadOnlyList<string> Examples { get; } =
    [
        "seq 100 | rondo map -- sh -c 'echo $(({} * {}))'",
        "ls *.wav | rondo map -j 8 -- flac --best {} -o {.}.flac",
        "rondo map --joblog log.tsv --resume --retries 2 --timeout 1m -- curl -sSfO < urls.txt",
        "rondo map --halt now -- ping -c 1 ::: 10.0.0.1 10.0.0.2 10.0.0.3",
    ];

    public override async Task<int> RunAsync(Session session, ParseResult parse)
    {
        var halt = parse.GetValue(_halt) ?? HaltRule.Never;
        if (parse.GetValue(_keepGoing) && halt != HaltRule.Never)
        {
            throw new UsageException("--keep-going and --halt exclude each other: give one of them");
        }

        if (parse.GetValue(_resume) && parse.GetValue(_log) is null)
        {
            throw new UsageException("--resume needs to know what is done: add --joblog FILE with the file of the run before");
        }

        var (command, words) = MapInput.SplitTail(session.Tail!);
        var given = await _job.ReadAsync(session, parse);

        // With a key another map of the same key has to hand in the same jobs.
        var own = given.IdempotencyKey is { } key ? $"map-{key}" : $"map-{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
        var job = given with { Group = given.Group ?? own };
        var max = parse.GetValue(_max) ?? await UsualMaxAsync(session);
        using var log = parse.GetValue(_log) is { } file ? JobLog.Open(file, parse.GetValue(_resume)) : null;
        using var input = new MapInput(session.Surroundings.Input, words, parse.GetValue(_isNull));
        var template = new LineTemplate(command);
        if (log is not null)
        {
            await log.CheckFitsAsync(input, template, session.Interrupted);
        }

        if (parse.GetValue(_max) is not null)
        {
            // Nobody was asked yet: an address at which nobody is shows now, and is not taken for an outage.
            await session.Client.RingAsync(session.Interrupted);
        }

        using var run = new MapRun(session, new MapPlan(job, template, max, halt, log) { HasOwnGroup = given.Group is null });
        return await run.RunAsync(input);
    }

    private static async Task<int> UsualMaxAsync(Session session)
    {
        var ring = await session.Client.RingAsync(session.Interrupted);
        var slots = ring.Executors.Where(executor => executor.IsAlive).Sum(executor => executor.Slots);
        return Math.Clamp(slots * InFlightPerSlot, InFlightPerSlot, JobWaits.MaxAtOnce);
    }

    private static Option<HaltRule?> CreateHalt()
    {
        var option = new Option<HaltRule?>("--halt")
        {
            HelpName = "WHEN",
            Description =
                "What is done when jobs fail: never (goes on), soon (starts no more), now (cancels the others too); soon,fail=3 after the third",
        };
        option.CustomParser = result =>
        {
            if (HaltRule.TryParse(result.Tokens[0].Value) is { } rule)
            {
                return rule;
            }

            result.AddError(
                $"--halt: '{result.Tokens[0].Value}' is not when to halt: expected never, soon, now, soon,fail=N or now,fail=N"
            );
            return null;
        };
        option.CompletionSources.Add("never", "soon", "now");
        return option;
    }
}
