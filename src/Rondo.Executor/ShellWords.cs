using System.Buffers;

namespace Rondo.Executor;

/// <summary>Words as a POSIX shell takes them (IEEE Std 1003.1, Shell Command Language, 2.2 Quoting).</summary>
internal static class ShellWords
{
    private static readonly SearchValues<char> Plain = SearchValues.Create(
        "-_./:=,+@%0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    );

    public static string Join(IEnumerable<string> words) => string.Join(' ', words.Select(Quote));

    private static string Quote(string word) =>
        word.Length > 0 && !word.AsSpan().ContainsAnyExcept(Plain)
            ? word
            : "'" + word.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}
