namespace Rondo.Cli;

/// <summary>What an executor says of a job's JSON, for people who wrote none: options became it.</summary>
internal static class PlacelessProblem
{
    private const string Place = "line 1, column ";

    /// <summary>The message without the place in the JSON.</summary>
    public static string Of(string message) =>
        message.StartsWith(Place, StringComparison.Ordinal) && message.IndexOf(": ", StringComparison.Ordinal) is > 0 and var end
            ? message[(end + 2)..]
            : message;
}
