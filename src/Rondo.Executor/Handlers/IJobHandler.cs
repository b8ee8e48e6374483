namespace Rondo.Executor;

/// <summary>Runs jobs of one kind. A new one is made for each job, in a scope of its own, with what it asks for in its constructor.</summary>
/// <typeparam name="TIn">The payload, as JSON says it.</typeparam>
/// <typeparam name="TOut">The result, as JSON will say it.</typeparam>
public interface IJobHandler<in TIn, TOut>
{
    /// <summary>Runs one job.</summary>
    /// <param name="input">What the client handed in.</param>
    /// <param name="context">The job.</param>
    /// <param name="cancellationToken">
    /// Cancelled when a client cancels the job, its time limit is over, or the executor stops. A handler that goes on nevertheless is
    /// given up after five seconds, or after the job's <c>killGrace</c> when its time limit is over, and what it returns is not looked at.
    /// </param>
    /// <returns>The job's result. An exception makes the job fail, with its type, message and stack as the job's error.</returns>
    Task<TOut> HandleAsync(TIn input, JobContext context, CancellationToken cancellationToken);
}
