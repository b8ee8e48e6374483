namespace Rondo.Cli;

/// <summary>Breaks running text into lines.</summary>
internal static class TextFlow
{
    /// <summary>Lines of at most <paramref name="width"/> characters, broken at spaces; a longer word has a line of its own.</summary>
    public static IEnumerable<string> Break(string text, int width)
    {
        var line = "";
        foreach (var word in text.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return line;
                line = word;
            }
            else
            {
                line = line.Length == 0 ? word : $"{line} {word}";
            }
        }

        if (line.Length > 0)
        {
            yield return line;
        }
    }
}
