namespace Rondo.Client;

/// <summary>Durations as the HTTP interface reads them.</summary>
internal static class WaitText
{
    public static string Format(TimeSpan wait) => $"{Math.Max(1, (long)wait.TotalMilliseconds)}ms";
}
