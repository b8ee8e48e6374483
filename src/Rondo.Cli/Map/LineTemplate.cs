using System.Text;

namespace Rondo.Cli;

/// <summary>
/// A command with places for a line, as GNU parallel writes them: <c>{}</c> the line, <c>{.}</c> without its extension, <c>{/}</c> its file
/// name, <c>{/.}</c> its file name without the extension, <c>{//}</c> its directory, <c>{#}</c> its number. Without any of them the line is
/// added at the end.
/// </summary>
internal sealed class LineTemplate(IReadOnlyList<string> command)
{
    private static readonly string[] Places = ["{}", "{.}", "{/}", "{/.}", "{//}", "{#}"];

    private readonly bool _hasPlaces = command.Any(word => Places.Any(place => word.Contains(place, StringComparison.Ordinal)));

    public string[] Fill(string line, int number) =>
        _hasPlaces ? [.. command.Select(word => FillWord(word, line, number))] : [.. command, line];

    /// <summary>In one go from left to right, so that what is filled in is never filled again.</summary>
    private static string FillWord(string word, string line, int number)
    {
        var text = new StringBuilder(word.Length + line.Length);
        for (var at = 0; at < word.Length; )
        {
            var place = word[at] == '{' ? Places.FirstOrDefault(each => word.AsSpan(at).StartsWith(each, StringComparison.Ordinal)) : null;
            text.Append(place is null ? word[at].ToString() : ValueOf(place, line, number));
            at += place?.Length ?? 1;
        }

        return text.ToString();
    }

    private static string ValueOf(string place, string line, int number) =>
        place switch
        {
            "{.}" => WithoutExtension(line),
            "{/}" => Path.GetFileName(line),
            "{/.}" => Path.GetFileNameWithoutExtension(line),
            "{//}" => Path.GetDirectoryName(line) is { Length: > 0 } directory ? directory : ".",
            "{#}" => number.ToString(),
            _ => line,
        };

    private static string WithoutExtension(string line) => line[..^Path.GetExtension(line).Length];
}
