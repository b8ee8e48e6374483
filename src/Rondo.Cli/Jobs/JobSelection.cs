using System.CommandLine;
using System.Diagnostics;
using Rondo.Client;

namespace Rondo.Cli;

/// <summary>The jobs that a command works on: any number of selectors, or all jobs of a group.</summary>
internal sealed class JobSelection
{
    private const int PageMax = 500;

    private readonly Argument<JobSelector[]> _jobs = CreateArgument();
    private readonly Option<string?> _group = OptionKinds.Name("--group", "GROUP", "All jobs of this group");

    public void AddTo(Command command)
    {
        command.Arguments.Add(_jobs);
        command.Options.Add(_group);
    }

    /// <summary>The group, when nothing but a group is named.</summary>
    public string? GroupAlone(ParseResult parse) => parse.GetValue(_jobs) is null or [] ? parse.GetValue(_group) : null;

    /// <summary>The ids in the order in which they were named, a group's in the order in which they were submitted.</summary>
    /// <exception cref="UsageException">Nothing is named.</exception>
    /// <exception cref="NothingFoundException">The group is empty.</exception>
    /// <exception cref="RondoException">An executor could not be asked for as long as an outage may last.</exception>
    /// <exception cref="TimeOverException">An executor could not be asked, and the time is over.</exception>
    /// <param name="wanted">Which of a group's jobs are meant; null for all.</param>
    /// <param name="timeout">How long to wait at most for executors that cannot be asked; null for as long as an outage may last.</param>
    public async Task<IReadOnlyList<string>> ResolveAsync(
        Session session,
        ParseResult parse,
        Func<Job, bool>? wanted = null,
        TimeSpan? timeout = null
    )
    {
        var group = parse.GetValue(_group);
        var selectors = parse.GetValue(_jobs) ?? [];
        if (selectors.Length == 0 && group is null)
        {
            throw new UsageException($"{ParseProblems.PathOf(parse.CommandResult.Command)} needs a job: {JobSelector.Expected}");
        }

        List<string> ids = [];
        foreach (var selector in selectors)
        {
            ids.AddRange(await selector.ResolveAsync(session));
        }

        if (group is not null)
        {
            ids.AddRange(await ResolveGroupAsync(session, group, wanted, timeout));
        }

        return [.. ids.Distinct()];
    }

    /// <summary>True when the group has jobs, in whatever state.</summary>
    /// <exception cref="RondoException">None is known, and an executor could not be asked.</exception>
    public static async Task<bool> IsAnyAsync(Session session, string group) =>
        await ListAsync(session, group, pageSize: 1).AnyAsync(session.Interrupted);

    /// <summary>What is said of a group without jobs.</summary>
    public static NothingFoundException Nothing(string group) => new($"there is no job of group '{group}'");

    /// <summary>Goes on through an outage of a home: a group without its jobs would look as if they had ended well.</summary>
    private static async Task<List<string>> ResolveGroupAsync(Session session, string group, Func<Job, bool>? wanted, TimeSpan? timeout)
    {
        var waited = Stopwatch.StartNew();
        var outage = new Outage(session.OutageNote);
        while (true)
        {
            try
            {
                return await FindGroupAsync(session, group, wanted);
            }
            catch (RondoException missing) when (missing.Type == ProblemTypes.ExecutorUnavailable)
            {
                var left = timeout - waited.Elapsed;
                if (left <= TimeSpan.Zero)
                {
                    throw new TimeOverException($"the time to wait for group '{group}' is over: {missing.Message}", missing);
                }

                await outage.BearAsync(missing, left, session.Interrupted);
            }
        }
    }

    private static async Task<List<string>> FindGroupAsync(Session session, string group, Func<Job, bool>? wanted)
    {
        List<string> ids = [];
        var isAny = false;
        await foreach (var job in ListAsync(session, group, PageMax))
        {
            isAny = true;
            if (wanted is null || wanted(job))
            {
                ids.Add(job.Id);
            }
        }

        ids.Reverse();
        return isAny ? ids : throw Nothing(group);
    }

    /// <summary>A group's jobs, newest first. Fails at the end, behind those that are known, when an executor could not be asked.</summary>
    private static async IAsyncEnumerable<Job> ListAsync(Session session, string group, int pageSize)
    {
        var query = new JobQuery { Group = group, PageSize = pageSize };
        string? cursor = null;
        HashSet<string> unreachable = [];
        do
        {
            var page = await session.Client.ListPageAsync(query, cursor, session.Interrupted);
            foreach (var job in page.Jobs)
            {
                yield return job;
            }

            unreachable.UnionWith(page.Unreachable ?? []);
            cursor = page.NextCursor;
        } while (cursor is not null);

        if (unreachable.Count > 0)
        {
            throw new RondoException(
                $"not all jobs of group '{group}' are known: those of {string.Join(", ", unreachable.Order())} are missing, which cannot be reached"
            )
            {
                Type = ProblemTypes.ExecutorUnavailable,
            };
        }
    }

    private static Argument<JobSelector[]> CreateArgument()
    {
        var argument = new Argument<JobSelector[]>("JOB")
        {
            Description = "An id such as k7q2-42, a range such as k7q2-10..20, or last for the newest of the ring; several at once",
            Arity = ArgumentArity.ZeroOrMore,
        };
        argument.CustomParser = result =>
        {
            List<JobSelector> selectors = [];
            foreach (var token in result.Tokens)
            {
                if (JobSelector.TryParse(token.Value) is { } selector)
                {
                    selectors.Add(selector);
                }
                else
                {
                    result.AddError(
                        token.Value.StartsWith('-')
                            ? ParseProblems.NotAnOption(token.Value, result)
                            : $"'{token.Value}' is not a job: {JobSelector.Expected}"
                    );
                }
            }

            return [.. selectors];
        };
        return argument;
    }
}
