namespace Rondo.Executor.Http;

/// <summary>How long a client wants to wait.</summary>
internal static class WaitTime
{
    /// <summary>A longer wait ends after this; the client asks again.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    /// <summary>Reads the text; false when it is not a wait. The result is at most <see cref="Longest"/>.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan wait)
    {
        var right = DurationText.TryParse(text, out wait);
        wait = wait < Longest ? wait : Longest;
        return right;
    }
}
