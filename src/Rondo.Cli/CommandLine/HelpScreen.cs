using System.CommandLine;
using System.CommandLine.Invocation;

namespace Rondo.Cli;

/// <summary>The help of a command: what it does, its usage, its options, and examples that work.</summary>
internal sealed class HelpScreen(Surroundings surroundings) : SynchronousCommandLineAction
{
    private const int WidthMax = 110;
    private const string Indent = "  ";

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var ink = new Ink(surroundings.OutputIsTerminal && surroundings.Coloured);
        Write(parseResult.InvocationConfiguration.Output, parseResult.CommandResult.Command, ink, surroundings.Width());
        return ExitCodes.Ok;
    }

    public static void Write(TextWriter writer, Command command, Ink ink, int terminalWidth)
    {
        var width = Math.Min(terminalWidth, WidthMax);
        var described = command as IDescribed;
        var path = ParseProblems.PathOf(command);
        Paragraph(command.Description ?? "");
        if (described?.More is { } more)
        {
            writer.WriteLine();
            Paragraph(more);
        }

        writer.WriteLine();
        writer.WriteLine($"{ink.Bold("Usage:")} {path} {described?.Synopsis ?? Synopsis(command)}");
        Section("Commands:", command.Subcommands.Where(each => !each.Hidden).Select(each => (each.Name, each.Description)));
        Section("Arguments:", command.Arguments.Select(each => (each.Name, each.Description)));
        Section("Options:", command.Options.Where(each => !each.Hidden && !IsGlobal(each)).Select(Describe));
        Section("For every command:", Globals(command).Where(each => !each.Hidden).Select(Describe));
        if (described is null && command.Parents.FirstOrDefault() is null)
        {
            Section("Exit codes:", ExitCodes.Meanings);
        }

        var examples = described?.Examples ?? CommandTree.Examples;
        writer.WriteLine();
        writer.WriteLine(ink.Bold("Examples:"));
        foreach (var example in examples)
        {
            var remark = example.IndexOf("  #", StringComparison.Ordinal);
            writer.WriteLine("  " + (remark < 0 ? example : example[..remark] + ink.Dim(example[remark..])));
        }

        void Paragraph(string text)
        {
            foreach (var line in TextFlow.Break(text, width))
            {
                writer.WriteLine(line);
            }
        }

        void Section(string title, IEnumerable<(string Left, string? Right)> lines)
        {
            (string Left, string? Right)[] all = [.. lines];
            if (all.Length == 0)
            {
                return;
            }

            writer.WriteLine();
            writer.WriteLine(ink.Bold(title));
            var columns = new Columns();
            var room = width - all.Max(line => line.Left.Length) - Indent.Length - Columns.Gap.Length;
            foreach (var (left, right) in all)
            {
                var parts = TextFlow.Break(right ?? "", Math.Max(20, room)).ToList();
                columns.Add(new(Indent + left), parts.FirstOrDefault());
                parts.Skip(1).ToList().ForEach(part => columns.Add("", part));
            }

            columns.Write(writer, ink, int.MaxValue);
        }
    }

    private static string Synopsis(Command command) =>
        command.Subcommands.Count > 0
            ? "COMMAND [OPTIONS]"
            : string.Concat(command.Arguments.Select(each => each.Arity.MaximumNumberOfValues > 1 ? $"{each.Name}... " : $"{each.Name} "))
                + "[OPTIONS]";

    private static bool IsGlobal(Option option) => option.Recursive || option is VersionOption;

    private static IEnumerable<Option> Globals(Command command) =>
        (
            command.Parents.OfType<Command>().FirstOrDefault() is { } parent
                ? Globals(parent)
                : command.Options.Where(option => option is VersionOption)
        ).Concat(command.Options.Where(option => option.Recursive));

    private static (string Left, string? Right) Describe(Option option)
    {
        string[] names = [.. option.Aliases.Where(alias => alias is ['-', not '-' and not '?']), option.Name];
        return (
            $"{string.Join(", ", names)}{(option.ValueType == typeof(bool) || option.HelpName is null ? "" : " " + option.HelpName)}",
            option.Description
        );
    }
}
