using System.Runtime.CompilerServices;

namespace Rondo.Cli.Tests.Documents;

public sealed class DocumentTests
{
    [Fact]
    public void Comparison_EveryOptionOfRondo_Exists()
    {
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
        // Every second piece between backticks is code; those that begin with rondo are command lines.
        var lines = File.ReadAllText(PathOf("../../../docs/compare.md"))
            .Split('`')
            .Where((piece, i) => i % 2 == 1 && piece.StartsWith("rondo ", StringComparison.Ordinal))
            .ToList();

        Assert.True(lines.Count > 15);
        foreach (var line in lines)
        {
            var words = line.Split(" -- ")[0].Split(' ')[1..];
            var command = words
                .TakeWhile(word => !word.StartsWith('-'))
                .Aggregate((System.CommandLine.Command)root, (at, word) => at.Subcommands.FirstOrDefault(each => each.Name == word) ?? at);
            Assert.True(command != root, line);
            foreach (var option in words.Where(word => word.StartsWith('-')))
            {
                Assert.True(
                    command
                        .Options.Concat(root.Options.Where(each => each.Recursive))
                        .Any(each => each.Name == option || each.Aliases.Contains(option)),
                    $"{line}: {option}"
                );
            }
        }
    }

    private static string PathOf(string name, [CallerFilePath] string source = "") => Path.Combine(Path.GetDirectoryName(source)!, name);
}
