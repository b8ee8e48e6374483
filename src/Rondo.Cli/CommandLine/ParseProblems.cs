using System.CommandLine;

namespace Rondo.Cli;

/// <summary>Says what was wrong with a command line, and what would be right.</summary>
internal static class ParseProblems
{
    public static void Write(TextWriter writer, ParseResult parse)
    {
        var command = parse.CommandResult.Command;
        var path = PathOf(command);
        writer.WriteLine($"rondo: {Explain(parse, command, path)}");
        writer.WriteLine($"See {path} --help");
    }

    /// <summary>The command as it is typed, such as <c>rondo job list</c>.</summary>
    public static string PathOf(Symbol symbol) =>
        symbol.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{PathOf(parent)} {symbol.Name}" : "rondo";

    private static string Explain(ParseResult parse, Command command, string path)
    {
        if (parse.UnmatchedTokens is [var unknown, ..])
        {
            var kind =
                unknown.StartsWith('-') ? "an option"
                : command.Subcommands.Count > 0 ? "a command"
                : "something that belongs";
            var suggestion = Nearest(unknown, Known(command, unknown.StartsWith('-'))) is { } nearest ? $". Did you mean '{nearest}'?" : "";
            var hint = suggestion.Length == 0 && command is RondoCommand { TakesTail: true } ? ". The command goes behind '--'" : "";
            return kind.StartsWith("some", StringComparison.Ordinal)
                ? $"'{unknown}' does not belong to {path}{suggestion}{hint}"
                : $"'{unknown}' is not {kind} of {path}{suggestion}{hint}";
        }

        if (
            parse.Errors[0].SymbolResult is System.CommandLine.Parsing.ArgumentResult { Tokens: [], Argument: var missing }
            && command.Arguments.Contains(missing)
        )
        {
            return $"{path} needs {missing.Name}: {missing.Description}";
        }

        return
            command is CommandGroup or RootCommand
            && parse.CommandResult.Children.All(child => child is not System.CommandLine.Parsing.CommandResult)
            && parse.Errors.All(error => error.SymbolResult is System.CommandLine.Parsing.CommandResult)
            ? $"{path} needs a command: {string.Join(", ", command.Subcommands.Select(each => each.Name))}"
            : parse.Errors[0].Message.TrimEnd('.');
    }

    private static IEnumerable<string> Known(Command command, bool options)
    {
        if (!options)
        {
            return command.Subcommands.Select(each => each.Name);
        }

        IEnumerable<Option> all = command.Options;
        for (
            var parent = command.Parents.OfType<Command>().FirstOrDefault();
            parent is not null;
            parent = parent.Parents.OfType<Command>().FirstOrDefault()
        )
        {
            all = all.Concat(parent.Options.Where(option => option.Recursive));
        }

        return all.Where(option => !option.Hidden).Select(option => option.Name);
    }

    private static string? Nearest(string word, IEnumerable<string> known)
    {
        var best = known.Select(each => (each, Distance: Distance(word, each))).OrderBy(each => each.Distance).FirstOrDefault();
        return best.each is not null && best.Distance <= Math.Max(1, word.Length / 3) ? best.each : null;
    }

    /// <summary>The number of letters to insert, drop, replace or swap with a neighbour (optimal string alignment).</summary>
    private static int Distance(string left, string right)
    {
        var cost = new int[left.Length + 1, right.Length + 1];
        for (var i = 0; i <= left.Length; i++)
        {
            for (var j = 0; j <= right.Length; j++)
            {
                cost[i, j] =
                    i == 0 || j == 0
                        ? i + j
                        : Math.Min(
                            Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1,
                            cost[i - 1, j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1)
                        );
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                {
                    cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
                }
            }
        }

        return cost[left.Length, right.Length];
    }
}
