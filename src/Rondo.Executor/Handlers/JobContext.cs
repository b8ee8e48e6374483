using Rondo.Executor.Running.Streams;

namespace Rondo.Executor;

/// <summary>
/// What a handler is told of the job that it runs. Tests of handlers make their own, such as <c>new JobContext { Attempt = 2 }</c>.
/// </summary>
public sealed class JobContext
{
    private IServiceProvider _services = NoServices.Instance;

    /// <summary>The job's id, such as <c>k7q2-42</c>: the same in every attempt.</summary>
    public string JobId { get; init; } = "test-1";

    /// <summary>Which start of the job this is, from 1. A job may be started again after a crash, or because it asked for retries.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>The id of the executor that runs it.</summary>
    public string Executor { get; init; } = "test";

    /// <summary>What the client handed in, in bytes: JSON text when it handed in a <c>payload</c>. It must not be changed.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>Told what <see cref="ReportProgress"/> reports; null for nobody.</summary>
    public Action<double?, string?>? OnProgress { internal get; init; }

    /// <summary>The services of the job's own scope, which ends with the job.</summary>
    public IServiceProvider Services
    {
        get => _services;
        init => _services = value;
    }

    /// <summary>
    /// The media type of what the handler returns, which clients get with the result: <c>application/json</c> of handlers that give JSON,
    /// and null, for bytes of which nothing is known, of those that give bytes. A handler may set another, such as <c>image/png</c>.
    /// </summary>
    /// <exception cref="FormatException">It is not a media type.</exception>
    public string? ResultType
    {
        get;
        set => field = value is null ? null : System.Net.Http.Headers.MediaTypeHeaderValue.Parse(value).ToString();
    }

    /// <summary>
    /// Says how far the job is, for whoever looks at it or watches it. It may be called as often as you like: a few of the reports a second
    /// are passed on, and nothing is kept of them once the attempt ends.
    /// </summary>
    /// <param name="percent">From 0 to 100; null to say nothing of it.</param>
    /// <param name="text">A line for people, cut after 256 characters; null to say nothing.</param>
    /// <exception cref="ArgumentOutOfRangeException">The percentage is not one.</exception>
    /// <exception cref="ArgumentException">Neither is given.</exception>
    public void ReportProgress(double? percent, string? text = null)
    {
        if (percent is not (null or (>= 0 and <= 100)))
        {
            throw new ArgumentOutOfRangeException(nameof(percent), percent, "A percentage is from 0 to 100.");
        }

        if (percent is null && string.IsNullOrEmpty(text))
        {
            throw new ArgumentException("There has to be a percentage or a text.", nameof(text));
        }

        OnProgress?.Invoke(percent, ProgressLine.Cut(text));
    }

    /// <summary>Told to the handler as well.</summary>
    internal CancellationToken CancellationToken { get; init; }

    /// <summary>The job's scope has begun.</summary>
    internal void Use(IServiceProvider scope) => _services = scope;

    private sealed class NoServices : IServiceProvider
    {
        public static NoServices Instance { get; } = new();

        public object? GetService(Type serviceType) => null;
    }
}
