using System.CommandLine;
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
    /// <param name="wanted">Which of a group's jobs are meant; null for all.</param>
    public async Task<IReadOnlyList<string>> ResolveAsync(Session session, ParseResult parse, Func<Job, bool>? wanted = null)
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
            ids.AddRange(await ResolveGroupAsync(session, group, wanted));
        }

        return [.. ids.Distinct()];
    }

    /// <summary>True when the group has jobs, in whatever state.</summary>
    public static async Task<bool> IsAnyAsync(Session session, string group) =>
        await session.Client.ListAsync(new JobQuery { Group = group, PageSize = 1 }, session.Interrupted).AnyAsync(session.Interrupted);

    /// <summary>What is said of a group without jobs.</summary>
    public static NothingFoundException Nothing(string group) => new($"there is no job of group '{group}'");

    private static async Task<List<string>> ResolveGroupAsync(Session session, string group, Func<Job, bool>? wanted)
    {
        List<string> ids = [];
        var isAny = false;
        var query = new JobQuery { Group = group, PageSize = PageMax };
        await foreach (var job in session.Client.ListAsync(query, session.Interrupted))
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
