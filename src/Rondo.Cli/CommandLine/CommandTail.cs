namespace Rondo.Cli;

/// <summary>
/// The command behind <c>--</c>: it is taken off before anything is parsed, so that its options can never be taken for Rondo's.
/// </summary>
internal static class CommandTail
{
    public static (string[] Own, string[]? Tail) Split(string[] arguments)
    {
        var dashes = Array.IndexOf(arguments, "--");
        return dashes < 0 ? (arguments, null) : (arguments[..dashes], arguments[(dashes + 1)..]);
    }
}
