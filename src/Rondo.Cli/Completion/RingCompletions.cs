using System.CommandLine;
using System.CommandLine.Completions;
using Rondo.Client;

namespace Rondo.Cli;

/// <summary>Words that are completed from the ring: nobody waits long for a suggestion, and without a ring there is none.</summary>
internal sealed class RingCompletions(Surroundings surroundings, GlobalOptions globals)
{
    private const int JobsMax = 50;

    /// <summary>How long the ring may take to answer, such as <c>2s</c> over a slow link.</summary>
    public const string PatienceVariable = "RONDO_COMPLETION_WAIT";

    private readonly TimeSpan _patience = DurationText.TryParse(surroundings.Environment(PatienceVariable) ?? "", out var told)
        ? told
        : TimeSpan.FromMilliseconds(700);

    public void AddTo(Command command)
    {
        foreach (var argument in command.Arguments)
        {
            if (argument.ValueType == typeof(JobSelector[]))
            {
                argument.CompletionSources.Add(Ask(JobsAsync));
            }
            else if (argument.Name == OptionKinds.ExecutorIdName)
            {
                argument.CompletionSources.Add(Ask(ExecutorsAsync));
            }
            else if (command is CronShowCommand or CronRemoveCommand)
            {
                argument.CompletionSources.Add(Ask(CronsAsync));
            }
        }

        foreach (var option in command.Options.Where(option => option.Name is "--after"))
        {
            option.CompletionSources.Add(Ask(JobsAsync));
        }

        foreach (var child in command.Subcommands)
        {
            AddTo(child);
        }
    }

    private Func<CompletionContext, IEnumerable<CompletionItem>> Ask(Func<RondoClient, CancellationToken, Task<IEnumerable<string>>> ask) =>
        context =>
        {
            try
            {
                var addresses = globals.ReadAddresses(context.ParseResult, surroundings.Environment);
                using var client = new RondoClient(
                    new RondoClientOptions
                    {
                        Addresses = addresses,
                        ConnectTimeout = _patience,
                        ResponseTimeout = _patience,
                    }
                );
                using var limit = new CancellationTokenSource(_patience);
                // A shell asks for words and waits: there is nothing to be asynchronous for.
                var words = Task.Run(() => ask(client, limit.Token)).GetAwaiter().GetResult();
                return words
                    .Where(word => word.StartsWith(context.WordToComplete, StringComparison.Ordinal))
                    .Select(word => new CompletionItem(word))
                    .ToList();
            }
            catch (Exception failure) when (failure is RondoException or OperationCanceledException or ArgumentException or UsageException)
            {
                return [];
            }
        };

    private static async Task<IEnumerable<string>> JobsAsync(RondoClient client, CancellationToken cancellationToken)
    {
        var page = await client.ListPageAsync(new JobQuery { PageSize = JobsMax }, cancellationToken: cancellationToken);
        return page.Jobs.Select(job => job.Id).Append("last");
    }

    private static async Task<IEnumerable<string>> ExecutorsAsync(RondoClient client, CancellationToken cancellationToken) =>
        (await client.RingAsync(cancellationToken)).Executors.Select(executor => executor.Id);

    private static async Task<IEnumerable<string>> CronsAsync(RondoClient client, CancellationToken cancellationToken) =>
        (await client.ListCronsAsync(cancellationToken)).Crons.Select(cron => cron.Name);
}
