using System.CommandLine;
using Microsoft.Extensions.Logging;
using Rondo.Executor.Hosting;

namespace Rondo.Cli;

internal sealed class StartCommand : RondoCommand
{
    /// <summary>Makes an executor stop when its standard input ends: whoever started it is gone, however it went.</summary>
    public const string UntilInputEnds = "--until-input-ends";

    private const int SizeLeast = 1 << 10;
    private const int SizeMost = 256 << 20;
    private const long KeepLeast = 16 << 20;

    private static readonly string[] NamedInMessages =
    [
        nameof(ExecutorOptions.AdvertiseListen),
        nameof(ExecutorOptions.AdvertiseRing),
        nameof(ExecutorOptions.Listen),
        nameof(ExecutorOptions.Ring),
    ];

    private readonly Option<string?> _data = OptionKinds.Text(
        "--data",
        "DIR",
        "Where everything durable is kept; it is the executor's identity. Made when missing"
    );
    private readonly Option<string?> _name = OptionKinds.Text("--name", "NAME", "A label for people. Default: the machine's name");
    private readonly Option<string?> _listen = OptionKinds.Text(
        "--listen",
        "HOST:PORT",
        "Where clients are answered; port 0 takes a free one. Default: 127.0.0.1:7070"
    );
    private readonly Option<string?> _ring = OptionKinds.Text(
        "--ring",
        "HOST:PORT",
        "Where other executors are answered. Default: 127.0.0.1:7071"
    );
    private readonly Option<string[]> _join = OptionKinds.Texts(
        "--join",
        "HOST:PORT",
        "The ring address of an executor to join; any one that is up will do. Repeat it for more"
    );
    private readonly Option<int?> _slots = OptionKinds.Number(
        "--slots",
        "N",
        "How many jobs run at the same time. Default: the number of processors",
        int.MinValue,
        int.MaxValue
    );
    private readonly Option<string[]> _labels = OptionKinds.Texts(
        "--label",
        "KEY=VALUE",
        "What this executor is or has, for jobs that require it. Repeat it for more"
    );
    private readonly Option<string?> _advertise = OptionKinds.Text(
        "--advertise",
        "HOST:PORT",
        "How clients reach it from elsewhere, when that is not what --listen says"
    );
    private readonly Option<string?> _advertiseRing = OptionKinds.Text(
        "--advertise-ring",
        "HOST:PORT",
        "How other executors reach it, when that is not what --ring says"
    );
    private readonly Option<TimeSpan?> _stopGrace = OptionKinds.Duration(
        "--stop-grace",
        "How long running jobs may go on after Ctrl-C. Default: 30s"
    );
    private readonly Option<TimeSpan?> _rescueAfter = OptionKinds.Duration(
        "--rescue-after",
        "How long another executor may be out of the ring before its jobs of this home run again elsewhere. Default: 10s"
    );
    private readonly Option<int?> _maxUnfinished = OptionKinds.Number(
        "--max-unfinished",
        "N",
        "How many unfinished jobs it takes; a further one is refused. Default: 1000000",
        int.MinValue,
        int.MaxValue
    );
    private readonly Option<long?> _jobMax = OptionKinds.Size(
        "--job-max",
        "The largest job that it takes, as JSON: its input as Base64 takes a third more. At most 256MiB; 64MiB by default",
        SizeLeast,
        SizeMost
    );
    private readonly Option<long?> _outputMax = OptionKinds.Size(
        "--output-max",
        "How much is kept of a job's standard output, and as much of its standard error; the rest is dropped, and the result says how much. At most 256MiB; 64MiB by default",
        SizeLeast,
        SizeMost
    );
    private readonly Option<TimeSpan?> _keep = OptionKinds.Duration(
        "--keep-finished",
        "How long a finished job is kept with its result, where the job itself does not say less. Default: 30d",
        TimeSpan.FromMinutes(1),
        TimeSpan.FromDays(10_000)
    );
    private readonly Option<long?> _keepMax = OptionKinds.Size(
        "--keep-finished-max",
        "How much the store may take on the disk before the oldest finished jobs are deleted, whatever their age. Default: 64GiB",
        KeepLeast,
        1L << 50
    );
    private readonly Option<bool> _verbose = OptionKinds.Flag("--verbose", "Logs more");
    private readonly Option<bool> _untilInputEnds = new(UntilInputEnds) { Hidden = true };

    public StartCommand()
        : base("start", "Starts an executor")
    {
        foreach (
            var option in (Option[])
                [
                    _data,
                    _name,
                    _listen,
                    _ring,
                    _join,
                    _slots,
                    _labels,
                    _advertise,
                    _advertiseRing,
                    _stopGrace,
                    _rescueAfter,
                    _maxUnfinished,
                    _jobMax,
                    _outputMax,
                    _keep,
                    _keepMax,
                    _verbose,
                    _untilInputEnds,
                ]
        )
        {
            Options.Add(option);
        }
    }

    public override string More =>
        """
            It prints one line when it is ready, logs to standard error, and runs until Ctrl-C or SIGTERM. Then it takes no more jobs, hands
            those that wait to other executors, and those that run have --stop-grace to end; a second Ctrl-C does not wait for them. What was
            interrupted runs again, here or elsewhere, unless --on-executor-loss fail was said of it.
            """;

    public override string Synopsis => "--data DIR [OPTIONS]";

    public override IReadOnlyList<string> Examples { get; } =
    [
        "rondo start --data ./a",
        "rondo start --data ./b --listen 127.0.0.1:7072 --ring 127.0.0.1:7073 --join 127.0.0.1:7071",
        "rondo start --data /var/lib/rondo --listen 0.0.0.0:7070 --ring 10.0.0.1:7071 --advertise 10.0.0.1:7070 --slots 8",
    ];

    public override async Task<int> RunAsync(Session session, ParseResult parse)
    {
        var options = Read(parse);
        if (options.Validate() is { Count: > 0 } problems)
        {
            throw new UsageException(string.Join("\nrondo: ", problems.Select(Explain)));
        }

        try
        {
            return await ExecutorRun.RunAsync(session, options, parse.GetValue(_untilInputEnds));
        }
        catch (StartupException refusal)
        {
            throw new CannotStartException(WithFlags(refusal.Message), refusal);
        }
    }

    private static string Explain(OptionProblem problem) =>
        problem.Value.Length == 0
            ? $"{FlagOf(problem.Name)} is missing: expected {WithFlags(problem.Expected)}"
            : $"{FlagOf(problem.Name)}: '{problem.Value}' is not right: expected {WithFlags(problem.Expected)}";

    private ExecutorOptions Read(ParseResult parse)
    {
        var defaults = new ExecutorOptions
        {
            DataDirectory =
                parse.GetValue(_data) ?? throw new UsageException("--data DIR is missing: the directory is the executor's identity"),
        };
        return defaults with
        {
            Name = parse.GetValue(_name) ?? defaults.Name,
            Listen = parse.GetValue(_listen) ?? defaults.Listen,
            Ring = parse.GetValue(_ring) ?? defaults.Ring,
            Join = parse.GetValue(_join) ?? defaults.Join,
            Slots = parse.GetValue(_slots) ?? defaults.Slots,
            Labels = ReadLabels(parse.GetValue(_labels) ?? []),
            AdvertiseListen = parse.GetValue(_advertise),
            AdvertiseRing = parse.GetValue(_advertiseRing),
            StopGrace = parse.GetValue(_stopGrace) ?? defaults.StopGrace,
            RescueAfter = parse.GetValue(_rescueAfter) ?? defaults.RescueAfter,
            MaxUnfinished = parse.GetValue(_maxUnfinished) ?? defaults.MaxUnfinished,
            JobMaxBytes = (int?)parse.GetValue(_jobMax) ?? defaults.JobMaxBytes,
            OutputMaxBytes = (int?)parse.GetValue(_outputMax) ?? defaults.OutputMaxBytes,
            KeepFinished = parse.GetValue(_keep) ?? defaults.KeepFinished,
            KeepFinishedBytes = parse.GetValue(_keepMax) ?? defaults.KeepFinishedBytes,
            LogLevel = parse.GetValue(_verbose) ? LogLevel.Debug : LogLevel.Information,
        };
    }

    private static Dictionary<string, string> ReadLabels(string[] labels)
    {
        var read = new Dictionary<string, string>();
        foreach (var label in labels)
        {
            // What is wrong with a key or a value is said by the options' own check.
            if (label.Split('=', 2) is not [var key, var value])
            {
                throw new UsageException($"--label: '{label}' is not right: expected key=value, such as zone=north");
            }

            if (!read.TryAdd(key, value))
            {
                throw new UsageException($"--label: '{key}' is given twice");
            }
        }

        return read;
    }

    /// <summary>The executor's words name its options: here they are flags.</summary>
    private static string WithFlags(string message) =>
        NamedInMessages.Aggregate(message, (text, name) => text.Replace($"{name} '", $"{FlagOf(name)} '", StringComparison.Ordinal));

    /// <summary>The flag by which an option of the executor is set here.</summary>
    private static string FlagOf(string option) =>
        option switch
        {
            nameof(ExecutorOptions.DataDirectory) => "--data",
            nameof(ExecutorOptions.AdvertiseListen) => "--advertise",
            nameof(ExecutorOptions.AdvertiseRing) => "--advertise-ring",
            nameof(ExecutorOptions.RescueAfter) => "--rescue-after",
            nameof(ExecutorOptions.MaxUnfinished) => "--max-unfinished",
            nameof(ExecutorOptions.JobMaxBytes) => "--job-max",
            nameof(ExecutorOptions.OutputMaxBytes) => "--output-max",
            nameof(ExecutorOptions.StopGrace) => "--stop-grace",
            nameof(ExecutorOptions.Labels) => "--label",
            _ => "--" + option.ToLowerInvariant(),
        };
}
