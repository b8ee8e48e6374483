namespace Rondo.Cli.Tests;

/// <summary>Every wait of a test ends.</summary>
internal static class TimeLimit
{
    public static TimeSpan Span { get; } = TimeSpan.FromSeconds(30);

    /// <summary>For what starts processes, on machines with much else to do.</summary>
    public static TimeSpan OfProcesses { get; } = TimeSpan.FromMinutes(5);

    public static CancellationToken Token
    {
        get
        {
            var source = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            source.CancelAfter(Span);
            return source.Token;
        }
    }
}
