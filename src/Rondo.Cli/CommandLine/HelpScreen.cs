using System.CommandLine;
using System.CommandLine.Invocation;
using Spectre.Console;

namespace Rondo.Cli;

/// <summary>The help of a command: what it does, its usage, its options, and examples that work.</summary>
internal sealed class HelpScreen(Surroundings surroundings) : SynchronousCommandLineAction
{
    private const int WidthMax = 110;
    private const int Gap = 2;
    private const int RightMin = 30;

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        Write(parseResult.InvocationConfiguration.Output, parseResult.CommandResult.Command, surroundings);
        return ExitCodes.Ok;
    }

    public static void Write(TextWriter writer, Command command, Surroundings surroundings)
    {
        var prose = Terminal.Create(writer, surroundings.IsOutputFancy, () => Math.Min(surroundings.Width(), WidthMax));
        // Command lines are never broken: they are there to be copied.
        var lines = Terminal.Create(writer, surroundings.IsOutputFancy);
        var described = command as IDescribed;
        prose.WriteLine(command.Description ?? "");
        if (described?.More is { } more)
        {
            // The lines of a paragraph belong together, for as wide as the terminal is.
            prose.WriteLine();
            prose.WriteLine(string.Join("\n\n", more.ReplaceLineEndings("\n").Split("\n\n").Select(lines => lines.Replace('\n', ' '))));
        }

        prose.WriteLine();
        lines.Write("Usage:", Palette.Bold);
        lines.WriteLine($" {ParseProblems.PathOf(command)} {described?.Synopsis ?? Synopsis(command)}");
        Section("Commands:", command.Subcommands.Where(each => !each.Hidden).Select(each => (each.Name, each.Description)));
        Section("Arguments:", command.Arguments.Select(each => (each.Name, each.Description)));
        foreach (var (title, options) in Sections(command, described))
        {
            Section(title, options.Select(Describe));
        }

        foreach (var (title, entries) in described?.Tables ?? [])
        {
            Section(title, entries);
        }

        Section("For every command:", Globals(command).Where(each => !each.Hidden).Select(Describe));
        if (described is null && command.Parents.FirstOrDefault() is null)
        {
            Section("Exit codes:", ExitCodes.Meanings);
        }

        lines.WriteLine();
        lines.WriteLine("Examples:", Palette.Bold);
        foreach (var example in described?.Examples ?? CommandTree.Examples)
        {
            var remark = example.IndexOf("  #", StringComparison.Ordinal);
            lines.Write("  " + (remark < 0 ? example : example[..remark]));
            lines.WriteLine(remark < 0 ? "" : example[remark..], Palette.Dim);
        }

        void Section(string title, IEnumerable<(string Left, string? Right)> entries)
        {
            (string Left, string? Right)[] all = [.. entries];
            if (all.Length == 0)
            {
                return;
            }

            prose.WriteLine();
            prose.WriteLine(title, Palette.Bold);
            if (prose.Profile.Width < all.Max(entry => entry.Left.Length) + (2 * Gap) + RightMin)
            {
                WriteBelow(all);
                return;
            }

            var grid = new Grid { Expand = false };
            grid.AddColumn(new GridColumn { Padding = new Padding(0, 0, Gap, 0), NoWrap = true });
            grid.AddColumn(new GridColumn { Padding = new Padding(0, 0, 0, 0) });
            foreach (var (left, right) in all)
            {
                grid.AddRow(new Text(left), new Text(right ?? ""));
            }

            prose.Write(new Padder(grid, new Padding(Gap, 0, 0, 0)));
        }

        // There is no room beside them.
        void WriteBelow((string Left, string? Right)[] entries)
        {
            foreach (var (left, right) in entries)
            {
                lines.WriteLine(new string(' ', Gap) + left);
                prose.Write(new Padder(new Text(right ?? ""), new Padding(3 * Gap, 0, 0, 0)));
            }
        }
    }

    /// <summary>A command's own options, those that belong together under a title of their own.</summary>
    private static IEnumerable<(string Title, IEnumerable<Option> Options)> Sections(Command command, IDescribed? described)
    {
        Option[] own = [.. command.Options.Where(each => !each.Hidden && !IsGlobal(each))];
        var titled = described?.Sections ?? [];
        yield return ("Options:", own.Where(option => !titled.Any(section => section.Options.Contains(option))));
        foreach (var (title, options) in titled)
        {
            yield return (title, own.Where(options.Contains));
        }
    }

    private static string Synopsis(Command command) =>
        command.Subcommands.Count > 0
            ? "COMMAND [OPTIONS]"
            : string.Concat(command.Arguments.Select(each => each.Arity.MaximumNumberOfValues > 1 ? $"{each.Name}... " : $"{each.Name} "))
                + "[OPTIONS]";

    private static bool IsGlobal(Option option) => option.Recursive;

    private static IEnumerable<Option> Globals(Command command) =>
        (command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? Globals(parent) : []).Concat(
            command.Options.Where(option => option.Recursive)
        );

    private static (string Left, string? Right) Describe(Option option)
    {
        string[] names = [.. option.Aliases.Where(alias => alias is ['-', not '-' and not '?']), option.Name];
        return (
            $"{string.Join(", ", names)}{(option.ValueType == typeof(bool) || option.HelpName is null ? "" : " " + option.HelpName)}",
            option.Description
        );
    }
}
