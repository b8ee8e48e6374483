using Rondo.Core;

namespace Rondo.Executor;

/// <summary>What a handler is told of the job that it runs.</summary>
public sealed class JobContext
{
    internal JobContext(JobId id, Attempt attempt, ExecutorId executor, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        JobId = id.ToString();
        Attempt = attempt.Value;
        Executor = executor.ToString();
        Payload = payload;
        CancellationToken = cancellationToken;
    }

    /// <summary>The job's id, such as <c>k7q2-42</c>: the same in every attempt.</summary>
    public string JobId { get; }

    /// <summary>Which start of the job this is, from 1. A job may be started again after a crash, or because it asked for retries.</summary>
    public int Attempt { get; }

    /// <summary>The id of the executor that runs it.</summary>
    public string Executor { get; }

    /// <summary>What the client handed in, in bytes: JSON text when it handed in a <c>payload</c>.</summary>
    public ReadOnlyMemory<byte> Payload { get; }

    /// <summary>The services of the job's own scope, which ends with the job.</summary>
    public IServiceProvider Services { get; internal set; } = NoServices.Instance;

    /// <summary>Told to the handler as well.</summary>
    internal CancellationToken CancellationToken { get; }

    private sealed class NoServices : IServiceProvider
    {
        public static NoServices Instance { get; } = new();

        public object? GetService(Type serviceType) => null;
    }
}
