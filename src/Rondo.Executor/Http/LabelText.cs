using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Rondo.Core;

namespace Rondo.Executor.Http;

/// <summary>Labels as clients and operators write them: <c>key=value</c>.</summary>
internal static class LabelText
{
    /// <summary>The most labels of one job or executor.</summary>
    public const int MaxCount = 64;

    public const int KeyMaxLength = 64;
    public const int ValueMaxLength = 256;

    /// <summary>What would be right, for messages.</summary>
    public const string Expected =
        "key=value, such as zone=north: a key of at most 64 letters, digits, dots, dashes, slashes or underscores, and a value of at most 256 printable characters";

    private static readonly SearchValues<char> _keyCharacters = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/-"
    );

    /// <summary>Reads <c>key=value</c>; the value may be empty.</summary>
    /// <param name="problem">What is wrong, for people; null on success.</param>
    public static bool TryParse(string text, out Label label, [NotNullWhen(false)] out string? problem)
    {
        var at = text.IndexOf('=');
        label = at < 0 ? default : new Label(text[..at], text[(at + 1)..]);
        problem = at < 0 ? $"'{text}' is not a label: expected key=value, such as zone=north" : Problem(label);
        return problem is null;
    }

    /// <summary>What is wrong with a label, for people; null when nothing is.</summary>
    public static string? Problem(Label label) =>
        label.Key.Length is 0 or > KeyMaxLength || label.Key.AsSpan().ContainsAnyExcept(_keyCharacters)
            ? $"'{label.Key}' cannot be the key of a label: expected 1 to {KeyMaxLength} letters, digits, dots, dashes, slashes or underscores"
        : label.Value.Length > ValueMaxLength || label.Value.Any(char.IsControl)
            ? $"'{label.Key}' has a value that a label cannot have: expected at most {ValueMaxLength} printable characters"
        : null;
}
