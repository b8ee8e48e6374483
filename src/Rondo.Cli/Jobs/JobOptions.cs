using System.CommandLine;
using System.Globalization;
using Rondo.Client;

namespace Rondo.Cli;

/// <summary>What can be said of a job when it is submitted, by whichever command.</summary>
/// <param name="again">True for a job that is submitted again and again: it has a key of its own each time, and no time of its own.</param>
internal sealed class JobOptions(bool again = false)
{
    /// <summary>The executors' own, which the help names.</summary>
    private static readonly TimeSpan DefaultBackoff = TimeSpan.FromSeconds(1);

    private readonly Option<string?> _name = OptionKinds.Name("--name", "NAME", "A name to find the job by");
    private readonly Option<string?> _group = OptionKinds.Name(
        "--group",
        "GROUP",
        "A group, to find, wait for or cancel its jobs together"
    );
    private readonly Option<string[]> _labels = OptionKinds.Texts("--label", "KEY=VALUE", "A label to find the job by; repeat it for more");
    private readonly Option<string[]> _env = OptionKinds.Texts(
        "--env",
        "KEY=VALUE",
        "An environment variable of the command; repeat it for more"
    );
    private readonly Option<string?> _directory = OptionKinds.Text(
        "--workdir",
        "DIR",
        "Where the command runs, on the executor's machine; seen from here when it is relative. Default: where that executor was started"
    );
    private readonly Option<string[]> _requires = OptionKinds.Texts(
        "--require",
        "KEY=VALUE",
        "Runs only on executors that were started with this --label; repeat it for more"
    );
    private readonly Option<TimeSpan?> _retention = OptionKinds.Duration(
        "--retention",
        "How long the finished job is kept",
        TimeSpan.FromSeconds(1)
    );
    private readonly Option<string?> _key = OptionKinds.Name(
        "--idempotency-key",
        "KEY",
        "The same key with the same job gives the same id again, instead of a second job; of many jobs each has KEY/INDEX, or KEY/NUMBER of its line"
    );

    private readonly Option<int?> _priority = OptionKinds.Number(
        "--priority",
        "N",
        "Higher runs first, from -1000 to 1000. Default: 0",
        -Core.JobTerms.PriorityMax,
        Core.JobTerms.PriorityMax
    );
    private readonly Option<TimeSpan?> _delay = OptionKinds.Duration("--delay", "Not to be started sooner, such as 1h30m");
    private readonly Option<Func<TimeProvider, DateTimeOffset>?> _at = OptionKinds.Time(
        "--at",
        "Not to be started before, such as 22:30 or 2026-01-31T22:30; at once when that is past"
    );
    private readonly Option<string[]> _after = OptionKinds.Texts(
        "--after",
        "JOB[:success|failure|end]",
        "Starts when that job has ended so. Default: success. Repeat it for more"
    );
    private readonly Option<ConcurrencyLimit?> _concurrency = CreateConcurrency();

    private readonly Option<int?> _retries = OptionKinds.Number(
        "--retries",
        "N",
        "How many attempts may follow one that failed. Default: 0",
        0,
        10_000
    );
    private readonly Option<TimeSpan?> _backoff = OptionKinds.Duration("--backoff", "The pause before the second attempt. Default: 1s");
    private readonly Option<double?> _factor = OptionKinds.Fraction(
        "--backoff-factor",
        "By how much each pause is longer than the one before. Default: 2",
        1,
        100
    );
    private readonly Option<TimeSpan?> _maxBackoff = OptionKinds.Duration("--max-backoff", "The longest pause. Default: 5m");
    private readonly Option<double?> _jitter = OptionKinds.Fraction("--jitter", "By which part a pause may differ. Default: 0.2", 0, 1);
    private readonly Option<int[]?> _retryExit = OptionKinds.ExitCodes(
        "--retry-exit",
        "Retries only after these exit codes, such as 75 or 1,75. Default: after every failure"
    );
    private readonly Option<string?> _onLoss = OptionKinds.Choice(
        "--on-executor-loss",
        "rerun|fail",
        "What is done when its executor ends while it runs, or never returns: fail is for what must not be begun twice. Default: rerun",
        "rerun",
        "fail"
    );
    private readonly Option<TimeSpan?> _timeout = OptionKinds.Duration(
        "--timeout",
        "How long an attempt may run; then it is ended",
        TimeSpan.FromMilliseconds(1)
    );
    private readonly Option<TimeSpan?> _killGrace = OptionKinds.Duration(
        "--kill-grace",
        "The time from SIGTERM to SIGKILL once --timeout is over. Default: 5s"
    );

    public IReadOnlyList<(string Title, IReadOnlyList<Option> Options)> Sections =>
        [
            ("The job:", [_name, _group, _labels, _env, _directory, _requires, _retention, .. Once(_key)]),
            ("When it runs:", [_priority, _delay, .. Once(_at), _after, _concurrency]),
            ("When it fails:", [_retries, _backoff, _factor, _maxBackoff, _jitter, _retryExit, _onLoss, _timeout, _killGrace]),
        ];

    public static IReadOnlyList<(string Title, IReadOnlyList<(string Word, string? Meaning)> Entries)> Environment { get; } =
    [
        (
            "In the command's environment, beside the executor's own and --env:",
            [
                ("RONDO_JOB_ID", "The job"),
                ("RONDO_ATTEMPT", "1 at first; more when it was tried again, or an executor crashed while it ran"),
                ("RONDO_INDEX", "Its index, in an array"),
                ("RONDO_EXECUTOR", "The executor that runs it"),
                ("RONDO_ADDR", "Where that one answers, for rondo itself"),
                ("RONDO_PROGRESS_FD", "The number of a descriptor that takes lines such as '40 resizing': how far it is"),
            ]
        ),
    ];

    private Option[] Once(Option option) => again ? [] : [option];

    public void AddTo(Command command)
    {
        foreach (var option in Sections.SelectMany(section => section.Options))
        {
            command.Options.Add(option);
        }
    }

    /// <summary>The job without its command.</summary>
    /// <exception cref="UsageException">Options that make no sense together.</exception>
    public async Task<JobRequest> ReadAsync(Session session, ParseResult parse)
    {
        if (parse.GetValue(_delay) is not null && parse.GetValue(_at) is not null)
        {
            throw new UsageException("--delay and --at exclude each other: give one of them");
        }

        if (parse.GetValue(_killGrace) is not null && parse.GetValue(_timeout) is null)
        {
            throw new UsageException("--kill-grace goes with --timeout: it is what a job has after that to end by itself");
        }

        return new JobRequest
        {
            Name = parse.GetValue(_name),
            Group = parse.GetValue(_group),
            Labels = KeyValues.Read("--label", "env=test", parse.GetValue(_labels)),
            Env = KeyValues.Read("--env", "COLOR=blue", parse.GetValue(_env)),
            WorkingDirectory = parse.GetValue(_directory) is { } directory ? Path.GetFullPath(directory) : null,
            Requires = KeyValues.Read("--require", "gpu=yes", parse.GetValue(_requires)),
            Retention = parse.GetValue(_retention),
            IdempotencyKey = parse.GetValue(_key),
            Priority = parse.GetValue(_priority),
            Delay = parse.GetValue(_delay),
            StartAt = parse.GetValue(_at)?.Invoke(session.Surroundings.Clock),
            After = await ReadAfterAsync(session, parse.GetValue(_after) ?? []),
            Concurrency = parse.GetValue(_concurrency),
            Retries = ReadRetries(parse),
            OnExecutorLoss = parse.GetValue(_onLoss),
            Timeout = parse.GetValue(_timeout),
            KillGrace = parse.GetValue(_killGrace),
        };
    }

    private RetryPolicy? ReadRetries(ParseResult parse)
    {
        if (parse.GetValue(_retries) is { } max)
        {
            if (parse.GetValue(_maxBackoff) is { } longest && (parse.GetValue(_backoff) ?? DefaultBackoff) is var first && longest < first)
            {
                throw new UsageException(
                    $"--max-backoff is {DurationText.Format(longest)}, less than --backoff, {DurationText.Format(first)}"
                );
            }

            return new RetryPolicy
            {
                Max = max,
                Backoff = parse.GetValue(_backoff),
                Factor = parse.GetValue(_factor),
                MaxBackoff = parse.GetValue(_maxBackoff),
                Jitter = parse.GetValue(_jitter),
                ExitCodes = parse.GetValue(_retryExit) is { Length: > 0 } codes ? codes : null,
            };
        }

        var idle = ((Option[])[_backoff, _factor, _maxBackoff, _jitter, _retryExit]).FirstOrDefault(option =>
            parse.GetResult(option) is not null
        );
        return idle is null
            ? null
            : throw new UsageException($"{idle.Name} says how to retry, but not how often: add --retries N, such as --retries 3");
    }

    private static async Task<List<JobDependency>?> ReadAfterAsync(Session session, string[] words)
    {
        List<JobDependency> after = [];
        foreach (var word in words)
        {
            var colon = word.IndexOf(':');
            var when = colon < 0 ? null : word[(colon + 1)..];
            if (when is not (null or "success" or "failure" or "end"))
            {
                throw new UsageException(
                    $"--after: '{word}': '{when}' is not how a job ends: expected success, failure or end, such as k7q2-42:end"
                );
            }

            var job = colon < 0 ? word : word[..colon];
            var selector = JobSelector.TryParse(job) ?? throw new UsageException($"--after: '{job}' is not a job: {JobSelector.Expected}");
            after.AddRange((await selector.ResolveAsync(session)).Select(id => new JobDependency(id, when)));
        }

        return after.Count == 0 ? null : after;
    }

    private static Option<ConcurrencyLimit?> CreateConcurrency()
    {
        var option = new Option<ConcurrencyLimit?>("--concurrency")
        {
            HelpName = "KEY=N",
            Description = "At most N jobs of this key run in the ring at the same time, such as database=2",
        };
        option.CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            var equals = text.LastIndexOf('=');
            if (equals > 0 && int.TryParse(text[(equals + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var max) && max > 0)
            {
                return new ConcurrencyLimit(text[..equals], max);
            }

            result.AddError($"--concurrency: '{text}' is not KEY=N with N from 1, such as --concurrency database=2");
            return null;
        };
        return option;
    }
}

/// <summary>Options of the form <c>KEY=VALUE</c>.</summary>
internal static class KeyValues
{
    /// <summary>Null when there are none.</summary>
    /// <exception cref="UsageException">One is not of this form, or two have one key, which executors refuse in JSON as well.</exception>
    public static Dictionary<string, string>? Read(string option, string example, string[]? pairs)
    {
        if (pairs is null or [])
        {
            return null;
        }

        Dictionary<string, string> values = [];
        foreach (var pair in pairs)
        {
            var equals = pair.IndexOf('=');
            if (equals <= 0)
            {
                throw new UsageException($"{option}: '{pair}' is not KEY=VALUE, such as {option} {example}");
            }

            if (!values.TryAdd(pair[..equals], pair[(equals + 1)..]))
            {
                throw new UsageException($"{option}: '{pair[..equals]}' is given twice");
            }
        }

        return values;
    }
}
