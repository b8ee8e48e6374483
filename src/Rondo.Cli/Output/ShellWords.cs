namespace Rondo.Cli;

/// <summary>Words as a shell takes them.</summary>
internal static class ShellWords
{
    public static string Join(IEnumerable<string> words) => string.Join(' ', words.Select(Quote));

    private static string Quote(string word) =>
        word.Length > 0 && word.All(each => char.IsAsciiLetterOrDigit(each) || "-_./:=,+@%".Contains(each, StringComparison.Ordinal))
            ? word
            : "'" + word.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}
