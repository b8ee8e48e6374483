using System.Text;

namespace Rondo.Cli.Tests.Shells;

/// <summary>
/// A document whose <c>sh</c> blocks are run, and whose <c>text</c> blocks are what the block before writes: <c>ID</c> stands for a job's id,
/// <c>TIME</c> for a duration, and a line with <c>…</c> alone for any number of lines. A block of another language with a file's name behind it
/// is written into that file; further blocks of the same file are added to it.
/// </summary>
internal sealed class Tutorial
{
    private const string Any = "…";

    private readonly List<(string Commands, string? Output)> _steps = [];

    public static Tutorial Read(string path)
    {
        var tutorial = new Tutorial();
        string? kind = null;
        var text = new StringBuilder();
        foreach (var line in File.ReadLines(path))
        {
            if (kind is null && line.StartsWith("```", StringComparison.Ordinal))
            {
                kind = line[3..];
                text.Clear();
            }
            else if (line == "```")
            {
                tutorial.Add(kind!, text.ToString());
                kind = null;
            }
            else if (kind is not null)
            {
                text.Append(line).Append('\n');
            }
        }

        return tutorial;
    }

    public int Count => _steps.Count;

    /// <summary>One script of all steps, each with its output in a file of its own. A command that fails ends it.</summary>
    public string ToScript() =>
        "set -eu\n" + string.Concat(_steps.Select((step, i) => $"exec >step{i} 2>&1\n{step.Commands}")) + "exec >done\n";

    /// <summary>Compares what the steps wrote into the folder with what the document says.</summary>
    public void Check(string folder)
    {
        for (var i = 0; i < _steps.Count; i++)
        {
            var file = Path.Combine(folder, $"step{i}");
            Assert.True(File.Exists(file), $"The tutorial ended before:\n{_steps[i].Commands}");
            var written = File.ReadAllText(file);
            Assert.True(
                i + 1 < _steps.Count ? File.Exists(Path.Combine(folder, $"step{i + 1}")) : File.Exists(Path.Combine(folder, "done")),
                $"A command failed in:\n{_steps[i].Commands}\nIt wrote:\n{written}"
            );
            if (_steps[i].Output is { } expected)
            {
                var (left, right) = (expected.Split('\n'), Normalize(written).Split('\n'));
                Assert.True(Matches(left, right), $"{_steps[i].Commands}\nis to write:\n{expected}\nand wrote:\n{written}");
            }
        }
    }

    private void Add(string kind, string text)
    {
        if (kind == "sh")
        {
            _steps.Add((text, null));
        }
        else if (kind.Split(' ') is [_, var file])
        {
            _steps.Add(($"mkdir -p \"$(dirname {file})\"\ncat >>{file} <<'END_OF_BLOCK'\n{text}END_OF_BLOCK\n", null));
        }
        else if (kind == "text")
        {
            _steps[^1] = (_steps[^1].Commands, text);
        }
    }

    private static string Normalize(string text) =>
        string.Join('\n', text.Split('\n').Select(line => string.Join(' ', line.Split(' ').Select(NormalizeWord))));

    private static string NormalizeWord(string word)
    {
        var core = word.TrimEnd(':', ',', ';');
        var rest = word[core.Length..];
        return Core.JobId.TryParse(core, out _) ? "ID" + rest
            : core.Length > 1 && char.IsAsciiDigit(core[0]) && Rondo.Client.DurationText.TryParse(core, out _) ? "TIME" + rest
            : word;
    }

    private static bool Matches(ReadOnlySpan<string> expected, ReadOnlySpan<string> written)
    {
        if (expected.IsEmpty)
        {
            return written.IsEmpty;
        }

        if (expected[0] != Any)
        {
            return !written.IsEmpty && expected[0] == written[0] && Matches(expected[1..], written[1..]);
        }

        for (var skipped = 0; skipped <= written.Length; skipped++)
        {
            if (Matches(expected[1..], written[skipped..]))
            {
                return true;
            }
        }

        return false;
    }
}
