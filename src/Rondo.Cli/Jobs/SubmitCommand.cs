using System.CommandLine;
using System.Text;
using Rondo.Client;

namespace Rondo.Cli;

internal sealed class SubmitCommand : RondoCommand
{
    private readonly JobOptions _job = new();
    private readonly StdinOption _stdin = new();
    private readonly Option<string?> _array = CreateArray();
    private readonly Option<bool> _eachLine = OptionKinds.Flag(
        "--each-line",
        "A job for each line of standard input, which takes the place of {} in the command"
    );
    private readonly Option<string?> _fromJson = OptionKinds.Text(
        "--from-json",
        "FILE",
        "A job for each JSON record in FILE, - for standard input; what a record leaves out is taken from the options"
    );
    private readonly Option<bool> _wait = OptionKinds.Flag("--wait", "Waits until all are final, and exits as 'rondo job wait' does");

    public SubmitCommand()
        : base("submit", "Submits a command as a job, or as many, and prints the ids")
    {
        Options.Add(_array);
        Options.Add(_eachLine);
        Options.Add(_fromJson);
        _stdin.AddTo(this);
        Options.Add(_wait);
        _job.AddTo(this);
    }

    public override string Synopsis => "[OPTIONS] -- COMMAND [ARG]...";

    public override string More =>
        "An id is printed once the job is on stable storage: from then on it is not lost, whatever executors do.";

    public override TailUse Tail => TailUse.Optional;

    public override IReadOnlyList<(string Title, IReadOnlyList<Option> Options)> Sections => _job.Sections;

    public override IReadOnlyList<(string Title, IReadOnlyList<(string Word, string? Meaning)> Entries)> Tables => JobOptions.Environment;

    public override IReadOnlyList<string> Examples { get; } =
    [
        "rondo submit -- sh -c 'sleep 5; date'",
        "rondo submit --name backup --env LEVEL=9 --at 02:30 --retries 3 -- ./backup.sh",
        "rondo submit --stdin words.txt -- sort",
        "rondo submit --array 1-100 --group sweep -- sh -c './simulate --seed $RONDO_INDEX'",
        "ls *.wav | rondo submit --each-line --timeout 10m -- flac --best {}",
        "rondo submit --from-json jobs.jsonl --wait",
        "rondo submit --after last --after k7q2-42:end -- ./report.sh",
    ];

    public override async Task<int> RunAsync(Session session, ParseResult parse)
    {
        var array = parse.GetValue(_array);
        var isEachLine = parse.GetValue(_eachLine);
        var file = parse.GetValue(_fromJson);
        Check(session, array, isEachLine, file, _stdin.IsGiven(parse));
        var job = await _stdin.GiveAsync(await _job.ReadAsync(session, parse), session, parse, isWhole: file is not null);
        var sink = new IdSink(session, isMany: array is not null || isEachLine || file is not null);
        if (file is not null)
        {
            var records = new JsonRecords(session, file, job with { Command = session.Tail });
            await sink.AddAllAsync(session.Client.SubmitManyJsonAsync(records.ReadAsync(), session.Interrupted), "record");
        }
        else if (isEachLine)
        {
            await sink.AddAllAsync(session.Client.SubmitManyAsync(EachLineAsync(session, job), session.Interrupted), "line");
        }
        else if (array is not null)
        {
            var jobs = new[] { job with { Command = session.Tail, Array = array } }.ToAsyncEnumerable();
            await sink.AddAllAsync(session.Client.SubmitManyAsync(jobs, session.Interrupted), null);
        }
        else
        {
            sink.Add(await Submitting.SubmitAsync(session, job with { Command = session.Tail }, session.Interrupted));
        }

        sink.Finish();
        var code = parse.GetValue(_wait) ? await WaitAsync(session, sink.Ids) : ExitCodes.Ok;
        return sink.IsAnyRefused ? ExitCodes.Error : code;
    }

    private static void Check(Session session, string? array, bool isEachLine, string? file, bool hasStdin)
    {
        (bool IsGiven, string Name)[] all =
        [
            (array is not null, "--array"),
            (isEachLine, "--each-line"),
            (file is not null, "--from-json"),
        ];
        string[] ways = [.. all.Where(way => way.IsGiven).Select(way => way.Name)];
        if (ways.Length > 1)
        {
            throw new UsageException($"{string.Join(" and ", ways)} exclude each other: give one of them");
        }

        if (hasStdin && (isEachLine || file == "-"))
        {
            throw new UsageException($"--stdin and {ways[0]} both read the standard input: give one of them");
        }

        if (session.Tail is null or [] && file is null)
        {
            throw new UsageException("the command goes behind '--', for example: rondo submit -- sh -c 'sleep 5; date'");
        }
    }

    private static Option<string?> CreateArray()
    {
        var option = new Option<string?>("--array")
        {
            HelpName = "INDEXES",
            Description = "A job for each index, such as 1-1000, 1-100:2 or 1,5,9; the command sees it as RONDO_INDEX",
        };
        option.CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (Core.IndexList.TryParse(text) is not null)
            {
                return text;
            }

            result.AddError($"--array: '{text}' is no list of indexes: {Core.IndexList.Expected}");
            return null;
        };
        return option;
    }

    private static async IAsyncEnumerable<JobRequest> EachLineAsync(Session session, JobRequest job)
    {
        var template = new LineTemplate(session.Tail!);
        using var input = new StreamReader(session.Surroundings.Input, Encoding.UTF8, leaveOpen: true);
        for (var number = 1; await input.ReadLineAsync(session.Interrupted) is { } line; number++)
        {
            yield return job with
            {
                Command = template.Fill(line, number),
                Index = number,
                IdempotencyKey = job.IdempotencyKey is { } key ? $"{key}/{number}" : null,
            };
        }
    }

    /// <summary>The ids are the data: how the jobs end is talk, and the exit code.</summary>
    private static async Task<int> WaitAsync(Session session, IReadOnlyList<string> ids)
    {
        List<Job> jobs = [];
        await foreach (var job in JobWaits.InOrderAsync(session, ids, timeout: null))
        {
            jobs.Add(job);
            if (job.State != JobState.Succeeded)
            {
                await session.Talk.WriteLineAsync($"rondo: {job.Id} {JobWords.Ending(job)}");
            }
        }

        return JobWords.ExitCodeOf(jobs);
    }
}
