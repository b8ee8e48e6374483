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

    /// <summary>What the client handed in, in bytes; JSON text when it handed in <c>payload</c>.</summary>
    public ReadOnlyMemory<byte> Payload { get; }

    /// <summary>
    /// Cancelled when a client cancels the job, its time limit is over, or the executor stops. A handler that goes on nevertheless is
    /// given up after the grace, and what it returns is not looked at.
    /// </summary>
    public CancellationToken CancellationToken { get; }
}
