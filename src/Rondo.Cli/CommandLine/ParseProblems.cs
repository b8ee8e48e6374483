using System.CommandLine;
using System.CommandLine.Parsing;

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
            var suggestion = NearestWord.Hint(unknown, Known(command, unknown.StartsWith('-')));
            var hint = suggestion.Length == 0 && command is RondoCommand { Tail: not TailUse.None } ? ". The command goes behind '--'" : "";
            return kind.StartsWith("some", StringComparison.Ordinal)
                ? $"'{unknown}' does not belong to {path}{suggestion}{hint}"
                : $"'{unknown}' is not {kind} of {path}{suggestion}{hint}";
        }

        if (parse.Errors[0].SymbolResult is ArgumentResult { Tokens: [], Argument: var missing } && command.Arguments.Contains(missing))
        {
            return $"{path} needs {missing.Name}: {missing.Description}";
        }

        if (parse.Errors[0].SymbolResult is OptionResult { Option: var option, Tokens: var values } given)
        {
            if (values.Count == 0 && option.Arity.MaximumNumberOfValues > 0)
            {
                return $"{OptionKinds.Typed(given)} needs a value: {option.HelpName}, {Lower(option.Description)}";
            }

            if (values.Count > option.Arity.MaximumNumberOfValues)
            {
                return $"{OptionKinds.Typed(given)} is given {values.Count} times; it takes one value";
            }
        }

        return
            command is CommandGroup or RootCommand
            && parse.CommandResult.Children.All(child => child is not CommandResult)
            && parse.Errors.All(error => error.SymbolResult is CommandResult)
            ? $"{path} needs a command: {string.Join(", ", command.Subcommands.Select(each => each.Name))}"
            : string.Join("\nrondo: ", Said(parse));
    }

    /// <summary>Of options all whose value is wrong, so that a command line is mended at once; else the first, since others follow from it.</summary>
    private static IEnumerable<string> Said(ParseResult parse)
    {
        IEnumerable<ParseError> errors = IsOfAValue(parse.Errors[0]) ? parse.Errors.Where(IsOfAValue) : [parse.Errors[0]];
        return errors.Select(error => error.Message.TrimEnd('.'));
    }

    private static bool IsOfAValue(ParseError error) =>
        error.SymbolResult is OptionResult { Tokens: not [] } given && given.Tokens.Count <= given.Option.Arity.MaximumNumberOfValues;

    private static string Lower(string? sentence) => sentence is [var first, .. var rest] ? char.ToLowerInvariant(first) + rest : "";

    /// <summary>For a word that begins with a dash where none is expected.</summary>
    public static string NotAnOption(string word, SymbolResult result)
    {
        var command = result is CommandResult found ? found.Command : null;
        for (var parent = result.Parent; command is null && parent is not null; parent = parent.Parent)
        {
            command = (parent as CommandResult)?.Command;
        }

        return command is null
            ? $"'{word}' is not an option"
            : $"'{word}' is not an option of {PathOf(command)}{NearestWord.Hint(word, Known(command, options: true))}";
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
}
