namespace Rondo.Core;

/// <summary>
/// An idempotency key that says to whom it belongs: <c>@k7q2/anything</c> belongs to executor k7q2. A client that makes up a key for one
/// submission names the executor that it speaks to, which then needs nobody else.
/// </summary>
internal static class BoundKey
{
    /// <summary>The executor that a key names; null when it names none.</summary>
    public static ExecutorId? ExecutorOf(string? key)
    {
        if (key is not ['@', ..])
        {
            return null;
        }

        var slash = key.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && ExecutorId.TryParse(key.AsSpan(1, slash - 1), out var executor) ? executor : null;
    }
}
