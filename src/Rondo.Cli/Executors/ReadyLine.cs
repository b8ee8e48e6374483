using System.Text.RegularExpressions;

namespace Rondo.Cli;

/// <summary>The line by which an executor says that it answers: for people, and for scripts that wait for it.</summary>
internal static partial class ReadyLine
{
    public static string Format(string id, string name, string address, string ring, int slots, string data) =>
        $"rondo {id} ({name}) ready: http://{address}, ring {ring}, {slots} {(slots == 1 ? "slot" : "slots")}, data {data}";

    /// <summary>The executor's id; null for any other line.</summary>
    public static string? TryReadId(string line) => Pattern().Match(line) is { Success: true } match ? match.Groups["id"].Value : null;

    [GeneratedRegex(
        @"^rondo (?<id>[a-z0-9]{1,8}) \(.*\) ready: http://",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Pattern();
}
