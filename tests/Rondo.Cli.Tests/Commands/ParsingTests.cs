using Rondo.Client;

namespace Rondo.Cli.Tests.Commands;

public sealed class ParsingTests
{
    /// <summary>Each option of each command whose value is more than a text, whatever comes to be added.</summary>
    public static TheoryData<string, string> TypedOptions()
    {
        return OptionsWhere(type => !IsText(Nullable.GetUnderlyingType(type) ?? type));

        static bool IsText(Type type) => type == typeof(string) || type == typeof(string[]) || type == typeof(bool) || type == typeof(void);
    }

    [Theory]
    [MemberData(nameof(TypedOptions))]
    public async Task Option_WithAValueThatIsNone_IsRefusedByNameAndSaysWhatWouldBeRight(string path, string option)
    {
        var ran = await CommandLines.RunAsync(new Given(), [.. path.Split(' '), option, "%%%"]);

        Assert.Equal(2, ran.Code);
        Assert.Matches($@"{option}: '%+' is n(o|ot) .+", ran.Error);
    }

    /// <summary>Each option of each command that takes one text, whatever comes to be added.</summary>
    public static TheoryData<string, string> TextOptions() => OptionsWhere(type => type == typeof(string));

    private static TheoryData<string, string> OptionsWhere(Func<Type, bool> isAsked)
    {
        var data = new TheoryData<string, string>();
        Add("", AllCommands());
        return data;

        void Add(string path, System.CommandLine.Command command)
        {
            foreach (var child in command.Subcommands)
            {
                Add($"{path} {child.Name}".TrimStart(), child);
            }

            foreach (var option in command.Options.Where(option => path.Length > 0 && isAsked(option.ValueType)))
            {
                data.Add(path, option.Name);
            }
        }
    }

    /// <summary>As in <c>rondo job retry --group "$group"</c> where nothing set the variable: it must not stand for all jobs.</summary>
    [Theory]
    [MemberData(nameof(TextOptions))]
    public async Task Option_WithAnEmptyValue_IsRefusedByName(string path, string option)
    {
        var ran = await CommandLines.RunAsync(new Given(), [.. path.Split(' '), option, ""]);

        Assert.Equal(2, ran.Code);
        Assert.Matches($"^rondo: {option}( is empty|: '' is n)", ran.Error);
    }

    /// <summary>Each option of each command that takes a value, whatever comes to be added.</summary>
    public static TheoryData<string, string> ValuedOptions()
    {
        var data = new TheoryData<string, string>();
        Add("", AllCommands());
        return data;

        void Add(string path, System.CommandLine.Command command)
        {
            foreach (var child in command.Subcommands)
            {
                Add($"{path} {child.Name}".TrimStart(), child);
            }

            foreach (
                var option in command.Options.Where(option =>
                    path.Length > 0 && option.ValueType != typeof(bool) && option.HelpName is not null
                )
            )
            {
                data.Add(path, option.Name);
            }
        }
    }

    [Theory]
    [MemberData(nameof(ValuedOptions))]
    public async Task Option_WithoutItsValue_IsRefusedByNameAndSaysWhatItTakes(string path, string option)
    {
        var ran = await CommandLines.RunAsync(new Given(), [.. path.Split(' '), option]);

        Assert.Equal(2, ran.Code);
        Assert.StartsWith($"rondo: {option} needs a value: ", ran.Error);
    }

    [Theory]
    [InlineData("frobnicate", "'frobnicate' is not a command of rondo")]
    [InlineData("rign", "'rign' is not a command of rondo. Did you mean 'ring'?")]
    [InlineData("job", "rondo job needs a command: list, show, result, logs, wait, explain, cancel, retry")]
    [InlineData("job lst", "'lst' is not a command of rondo job. Did you mean 'list'?")]
    [InlineData("submit echo hi", "'echo' does not belong to rondo submit. The command goes behind '--'")]
    [InlineData("submit", "the command goes behind '--', for example: rondo submit -- sh -c 'sleep 5; date'")]
    [InlineData("submit --", "the command goes behind '--', for example: rondo submit -- sh -c 'sleep 5; date'")]
    [InlineData("submit --nmae x -- y", "'--nmae' is not an option of rondo submit. Did you mean '--name'?")]
    [InlineData("submit --name a --name b -- y", "--name is given 2 times; it takes one value")]
    [InlineData("ring -o json -o quiet", "-o is given 2 times; it takes one value")]
    [InlineData("help frobnicate", "'frobnicate' is not a command of rondo")]
    [InlineData("submit --timeout 0s -- y", "--timeout: '0s' is too short: expected at least 1ms")]
    [InlineData("submit --retention 10ms -- y", "--retention: '10ms' is too short: expected at least 1s")]
    [InlineData("submit --kill-grace 5s -- y", "--kill-grace goes with --timeout: it is what a job has after that to end by itself")]
    [InlineData("submit --retries 2 --max-backoff 1ms -- y", "--max-backoff is 1ms, less than --backoff, 1s")]
    [InlineData(
        "start --slots many --stop-grace never",
        "--slots: 'many' is not a whole number\nrondo: --stop-grace: 'never' is not a duration: expected a number with a unit, such as 500ms, 30s, 1m30s, 2h or 7d, at most 10000d"
    )]
    [InlineData("cron add nightly @daily --tz Europe/Berln -- y", "--tz: 'Europe/Berln' is not a time zone. Did you mean 'Europe/Berlin'?")]
    [InlineData(
        "job list --since soon",
        "--since: 'soon' is no time: expected 22:30, 2026-01-31T22:30 (local time) or 2026-01-31T22:30:00Z, or a duration such as 90m"
    )]
    [InlineData("submit --env A -- y", "--env: 'A' is not KEY=VALUE, such as --env COLOR=blue")]
    [InlineData("submit --priority high -- y", "--priority: 'high' is not a number from -1000 to 1000")]
    [InlineData("submit --on-executor-loss never -- y", "--on-executor-loss: 'never' is not one of rerun, fail")]
    [InlineData("ring -- y", "'--' begins a command to run as a job: it belongs to submit, run, map and cron add")]
    [InlineData("ring -o xml", "-o: 'xml' is not a format: expected table, json, jsonl or quiet")]
    [InlineData("ring --addr nowhere", "--addr: 'nowhere' is not an address: expected host:port, such as 127.0.0.1:7070")]
    [InlineData("ring --addr [::1]", "--addr: '[::1]' is not an address: expected host:port, such as 127.0.0.1:7070")]
    [InlineData("ring --addr nowhere:port", "--addr: 'nowhere:port' is not an address: expected host:port, such as 127.0.0.1:7070")]
    [InlineData(
        "job show",
        "rondo job show needs a job: expected an id such as k7q2-42, a range of up to 100,000 such as k7q2-10..20, or last"
    )]
    [InlineData("job show 42", "'42' is not a job: expected an id such as k7q2-42, a range of up to 100,000 such as k7q2-10..20, or last")]
    [InlineData("job wait k7q2-1 --timeot 3s", "'--timeot' is not an option of rondo job wait. Did you mean '--timeout'?")]
    [InlineData(
        "job wait k7q2-1 --timeout 30",
        "--timeout: '30' is not a duration: expected a number with a unit, such as 500ms, 30s, 1m30s, 2h or 7d, at most 10000d"
    )]
    [InlineData("job list --limit 5 --all", "--all and --limit exclude each other: give one of them")]
    [InlineData("job list --limit 0", "--limit: '0' is not a number from 1 to 2147483647")]
    [InlineData("job list --state done", "--state: 'done' is not one of scheduled, waiting, running, succeeded, failed, cancelled")]
    [InlineData(
        "submit --array 5-1 -- y",
        "--array: '5-1' is no list of indexes: expected indexes such as 1-1000, 1-100:2 or 1,5,9, each once and at most 100,000 of them"
    )]
    [InlineData(
        "submit --at 25:00 -- y",
        "--at: '25:00' is not a time: expected 22:30, 2026-01-31T22:30 (local time) or 2026-01-31T22:30:00Z"
    )]
    [InlineData("submit --at 22:30 --delay 1h -- y", "--delay and --at exclude each other: give one of them")]
    [InlineData("submit --backoff 1s -- y", "--backoff says how to retry, but not how often: add --retries N, such as --retries 3")]
    [InlineData("submit --retries many -- y", "--retries: 'many' is not a number from 0 to 10000")]
    [InlineData("submit --retries 1 --jitter 2 -- y", "--jitter: '2' is not a number from 0 to 1")]
    [InlineData("submit --retries 1 --backoff-factor x -- y", "--backoff-factor: 'x' is not a number from 1 to 100")]
    [InlineData(
        "submit --retries 1 --retry-exit 1,0 -- y",
        "--retry-exit: '0' is not an exit code of a failure: expected numbers from 1 to 255, such as 1,75"
    )]
    [InlineData(
        "submit --timeout 5 -- y",
        "--timeout: '5' is not a duration: expected a number with a unit, such as 500ms, 30s, 1m30s, 2h or 7d, at most 10000d"
    )]
    [InlineData("submit --concurrency db -- y", "--concurrency: 'db' is not KEY=N with N from 1, such as --concurrency database=2")]
    [InlineData(
        "submit --after soon -- y",
        "--after: 'soon' is not a job: expected an id such as k7q2-42, a range of up to 100,000 such as k7q2-10..20, or last"
    )]
    [InlineData(
        "submit --after k7q2-1:never -- y",
        "--after: 'k7q2-1:never': 'never' is not how a job ends: expected success, failure or end, such as k7q2-42:end"
    )]
    [InlineData("submit --label a=1 --label a=2 -- y", "--label: 'a' is given twice")]
    [InlineData("submit --label x -- y", "--label: 'x' is not KEY=VALUE, such as --label env=test")]
    [InlineData("submit --require =x -- y", "--require: '=x' is not KEY=VALUE, such as --require gpu=yes")]
    [InlineData("submit --each-line --array 1-2 -- y", "--array and --each-line exclude each other: give one of them")]
    [InlineData("submit --each-line --stdin - -- y", "--stdin and --each-line both read the standard input: give one of them")]
    [InlineData("map --halt later -- y", "--halt: 'later' is not when to halt: expected never, soon, now, soon,fail=N or now,fail=N")]
    [InlineData("map --resume -- y", "--resume needs to know what is done: add --joblog FILE with the file of the run before")]
    [InlineData("map -- ::: a b", "nothing stands before ':::': expected a command, such as -- echo {} ::: a b c")]
    [InlineData("cron add nightly --missed never * -- y", "--missed: 'never' is not one of skip, once, all")]
    [InlineData(
        "job show k7q2-1..200000",
        "'k7q2-1..200000' is not a job: expected an id such as k7q2-42, a range of up to 100,000 such as k7q2-10..20, or last"
    )]
    [InlineData(
        "job show k7q2-9..1",
        "'k7q2-9..1' is not a job: expected an id such as k7q2-42, a range of up to 100,000 such as k7q2-10..20, or last"
    )]
    [InlineData("map --jobs 0 -- x", "--jobs: '0' is not a number from 1 to 4096")]
    [InlineData("map -j 0 -- x", "-j: '0' is not a number from 1 to 4096")]
    [InlineData("submit --stdin / -- cat", "--stdin: '/' is a directory: expected a file")]
    [InlineData("submit --from-json /", "--from-json: '/' is a directory: expected a file")]
    [InlineData(
        "map --jobs 1 --joblog /nowhere/at/all -- x",
        "--joblog: '/nowhere/at/all' cannot be made: there is no directory '/nowhere/at'"
    )]
    [InlineData("map --jobs 1 --joblog / -- x", "--joblog: '/' is a directory: expected a file")]
    [InlineData(
        "job logs k7q2-1 -o json",
        "-o: rondo job logs writes what jobs wrote, byte for byte, and in no other form: leave it out. 'rondo run -o json' and 'rondo map -o jsonl' write outputs as JSON"
    )]
    [InlineData(
        "job result k7q2-1 --output jsonl",
        "--output: rondo job result writes what jobs wrote, byte for byte, and in no other form: leave it out. 'rondo run -o json' and 'rondo map -o jsonl' write outputs as JSON"
    )]
    [InlineData("start", "--data DIR is missing: the directory is the executor's identity")]
    [InlineData(
        "start --data x --listen nowhere",
        "--listen: 'nowhere' is not right: expected an IP address (or localhost, or *) and a port, such as 127.0.0.1:7070"
    )]
    [InlineData(
        "start --data x --listen 0.0.0.0:7070",
        "--advertise is missing: expected an address by which others reach this executor, such as node-3:7070: --listen '0.0.0.0:7070' stands for every interface"
    )]
    [InlineData("start --data x --keep-finished 10s", "--keep-finished: '10s' is too short: expected at least 1m")]
    [InlineData("start --data x --keep-finished-max 1MiB", "--keep-finished-max: '1MiB' is too small: expected at least 16MiB")]
    [InlineData(
        "start --data x --keep-finished-max 99999999999GiB",
        "--keep-finished-max: '99999999999GiB' is too large: expected at most 1048576GiB"
    )]
    [InlineData("start --data x --output-max 257MiB", "--output-max: '257MiB' is too large: expected at most 256MiB")]
    [InlineData("start --data x --job-max 268435457", "--job-max: '268435457' is too large: expected at most 256MiB")]
    [InlineData("start --data x --job-max 1000", "--job-max: '1000' is too small: expected at least 1KiB")]
    [InlineData(
        "start --data x --job-max 1GB",
        "--job-max: '1GB' is not a size: expected a number of bytes, or of KiB, MiB or GiB, such as 16MiB"
    )]
    [InlineData("start --data x --job-max 2048MiB", "--job-max: '2048MiB' is too large: expected at most 256MiB")]
    [InlineData("start --data x --slots many", "--slots: 'many' is not a whole number")]
    [InlineData(
        "start --data x --rescue-after 1ms",
        "--rescue-after: '1ms' is not right: expected at least 1 second; jobs that still run elsewhere are started twice when it is too short"
    )]
    [InlineData(
        "start --data x --listen 127.0.0.1:7000 --ring 127.0.0.1:7000",
        "--ring: '127.0.0.1:7000' is not right: expected another port than that of --listen '127.0.0.1:7000': clients and executors speak different protocols"
    )]
    [InlineData("ring --watch --every 0s", "--every: '0s' is too short: expected at least 10ms")]
    [InlineData("ring --watch --every 60d", "--every: '60d' is too long: expected at most 1d")]
    [InlineData("--version -o json", "--version option cannot be combined with other arguments")]
    [InlineData("demo --executors 1", "--executors: '1' is not a number from 2 to 16")]
    [InlineData("demo --jobs @file", "--jobs: '@file' is not a number from 1 to 10000")]
    public async Task CommandLine_Wrong_SaysWhatAndWhatWouldBeRight(string line, string message)
    {
        var ran = await CommandLines.RunAsync(new Given(), line.Split(' '));

        Assert.Equal(2, ran.Code);
        Assert.Equal("", ran.Output);
        Assert.StartsWith($"rondo: {message}\nSee rondo", ran.Error);
        Assert.EndsWith(" --help\n", ran.Error);
    }

    [Fact]
    public async Task Output_FromTheEnvironment_IsUsedAndChecked()
    {
        await using var executor = await FakeExecutor.StartAsync();

        var right = await CommandLines.RunAsync(
            new Given { Executor = executor.Address, Environment = { ["RONDO_OUTPUT"] = "quiet" } },
            "ring"
        );
        var wrong = await CommandLines.RunAsync(
            new Given { Executor = executor.Address, Environment = { ["RONDO_OUTPUT"] = "xml" } },
            "ring"
        );

        Assert.Equal(new Ran(0, "k7q2\nm3xd\n", ""), right);
        Assert.Equal(2, wrong.Code);
        Assert.StartsWith("rondo: RONDO_OUTPUT: 'xml' is not a format", wrong.Error);
    }

    [Fact]
    public async Task Address_ListedOrRepeated_IsTriedInTurn()
    {
        await using var executor = await FakeExecutor.StartAsync();

        Assert.Equal(0, (await CommandLines.RunAsync(new Given(), "ring", "--addr", $"127.0.0.1:1,{executor.Address}")).Code);
        Assert.Equal(0, (await CommandLines.RunAsync(new Given(), "ring", "--addr", "127.0.0.1:1", "--addr", executor.Address)).Code);
    }

    [Theory]
    [InlineData("500ms", 0.5)]
    [InlineData("30s", 30)]
    [InlineData("1m30s", 90)]
    [InlineData("2h", 7200)]
    [InlineData("1.5s", 1.5)]
    [InlineData("1d", 86400)]
    public void Duration_WithUnits_IsRead(string text, double seconds)
    {
        Assert.True(DurationText.TryParse(text, out var duration));
        Assert.Equal(TimeSpan.FromSeconds(seconds), duration);
    }

    [Theory]
    [InlineData("")]
    [InlineData("30")]
    [InlineData("s")]
    [InlineData("-5s")]
    [InlineData("5 s")]
    [InlineData("5sec")]
    [InlineData("1..2s")]
    [InlineData("1e9s")]
    [InlineData("999999999999999h")]
    public void Duration_AnythingElse_IsRefused(string text) => Assert.False(DurationText.TryParse(text, out _));

    [Theory]
    [InlineData("1h30m")]
    [InlineData("2d")]
    [InlineData("1s500ms")]
    [InlineData("0s")]
    public void Duration_Exact_IsWrittenAsItIsRead(string text)
    {
        Assert.True(DurationText.TryParse(text, out var duration));
        Assert.Equal(text, DurationText.Format(duration));
    }

    [Theory]
    [InlineData(0.0841, "84ms")]
    [InlineData(3.29, "3.2s")]
    [InlineData(59.9, "59s")]
    [InlineData(252, "4m12s")]
    [InlineData(11_100, "3h05m")]
    [InlineData(188_000, "2d4h")]
    public void Duration_ForPeople_HasThreeCharactersOfMeaning(double seconds, string text) =>
        Assert.Equal(text, Durations.Format(TimeSpan.FromSeconds(seconds)));

    private static System.CommandLine.RootCommand AllCommands()
    {
        var surroundings = new Surroundings
        {
            Input = Stream.Null,
            Output = Stream.Null,
            Error = Stream.Null,
            Interrupts = new Interrupts(),
            Environment = _ => null,
            Clock = TimeProvider.System,
        };
        return CommandTree.Build(surroundings, new GlobalOptions());
    }
}
