using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;

namespace Rondo.Cli.Tests.Golden;

/// <summary>What commands write, in every format, against a ring that always answers the same.</summary>
public sealed class GoldenOutputTests
{
    private const string Formats = "table json jsonl quiet";

    [Theory]
    [InlineData("submit", "submit -- echo hello")]
    [InlineData("submit-array", "submit --array 1-3 -- echo hello")]
    [InlineData("submit-each-line", "submit --each-line -- echo {} {#}")]
    [InlineData("submit-wait", "submit --each-line --wait -- fail {}")]
    [InlineData("run", "run -- fail 3")]
    [InlineData("map", "map -j 1 -- fail")]
    [InlineData("job-list", "job list")]
    [InlineData("job-show", "job show k7q2-4")]
    [InlineData("job-show-many", "job show k7q2-1..2")]
    [InlineData("job-result", "job result k7q2-1..2")]
    [InlineData("job-logs", "job logs k7q2-2 --stderr")]
    [InlineData("job-wait", "job wait k7q2-1 k7q2-2")]
    [InlineData("job-explain", "job explain k7q2-4")]
    [InlineData("job-cancel", "job cancel k7q2-3 k7q2-99 last")]
    [InlineData("job-cancel-group", "job cancel --group sweep")]
    [InlineData("job-retry", "job retry k7q2-1..2")]
    [InlineData("cron-add", "cron add nightly @daily --tz Europe/Berlin -- ./backup.sh")]
    [InlineData("cron-list", "cron list")]
    [InlineData("cron-show", "cron show nightly")]
    [InlineData("cron-remove", "cron remove nightly unknown")]
    [InlineData("ring", "ring")]
    [InlineData("node-list", "node list")]
    [InlineData("node-drain", "node drain k7q2")]
    [InlineData("node-remove", "node remove k7q2")]
    public async Task Output_OfACommand_IsAsKept(string name, string line)
    {
        var text = new StringBuilder();
        foreach (var format in Formats.Split(' '))
        {
            await using var executor = await StartAsync();
            executor.Unreachable = name == "job-list" ? ["zz99"] : [];
            var ran = await CommandLines.RunAsync(
                new Given { Executor = executor.Address, Input = "7\n8\n" },
                [.. line.Split(" -- ")[0].Split(' '), "-o", format, .. line.Split(' ').SkipWhile(word => word != "--")]
            );
            text.Append(
                $"$ rondo {line.Insert(line.IndexOf(" --", StringComparison.Ordinal) is var at and >= 0 ? at : line.Length, $" -o {format}")}\n"
            );
            text.Append(ran.Output);
            text.Append(
                string.Concat(ran.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(said => $"[stderr] {Timeless(said)}\n"))
            );
            text.Append($"[exit {ran.Code}]\n\n");
        }

        GoldenFile.Check(name, text.ToString());
    }

    [Fact]
    public async Task Help_OfEveryCommand_IsAsKept()
    {
        var text = new StringBuilder();
        var root = CommandTree.Build(
            new Surroundings
            {
                Input = Stream.Null,
                Output = Stream.Null,
                Error = Stream.Null,
                Interrupts = new(),
                Environment = _ => null,
            },
            new()
        );
        foreach (var command in All(root).Where(command => !command.Hidden))
        {
            string[] path = [.. ParseProblems.PathOf(command).Split(' ')[1..], "--help"];
            text.Append($"$ rondo {string.Join(' ', path)}\n{(await CommandLines.RunAsync(new Given(), path)).Output}\n");
        }

        GoldenFile.Check("help", text.ToString());
    }

    private static async Task<FakeExecutor> StartAsync()
    {
        var executor = await FakeExecutor.StartAsync();
        executor.Add("echo", "hello");
        executor.Add("fail", "3");
        executor.AddTo("sweep", "hold");
        var full = executor.Add("hold", "a name with \e[31mcolours\e[0m and\nlines");
        foreach (
            var (name, value) in JsonNode
                .Parse(
                    """
                    {"name":"report","group":"nightly","state":"scheduled","reason":"retry_backoff","labels":{"env":"test","team":"red"},
                     "requires":{"gpu":"yes"},"index":7,"priority":5,"startAt":"2026-01-02T04:00:00Z","nextAttemptAt":"2026-01-02T03:07:35Z",
                     "timeout":"1h30m","killGrace":"10s","onExecutorLoss":"fail",
                     "retries":{"max":3,"used":1,"backoff":"4s","factor":2,"maxBackoff":"1m","jitter":0.2,"exitCodes":[75,137]},"progress":{"percent":40,"text":"reading","at":"2026-01-02T03:05:00Z"},
                     "after":[{"id":"k7q2-1","when":"success","state":"succeeded"},{"id":"k7q2-2","when":"end","state":"failed"}],
                     "concurrency":{"key":"database","max":2},"idempotencyKey":"report-2026-01-02","retention":"7d","retryOf":"k7q2-2"}
                    """
                )!
                .AsObject()
        )
        {
            full.More[name] = value?.DeepClone();
        }

        return executor;
    }

    /// <summary>How long something took is not the same twice.</summary>
    private static string Timeless(string line) =>
        line.LastIndexOf(" in ", StringComparison.Ordinal) is var at and > 0 && line.EndsWith('s') ? line[..at] + " in TIME" : line;

    private static IEnumerable<Command> All(Command command) => command.Subcommands.SelectMany(All).Prepend(command);
}
