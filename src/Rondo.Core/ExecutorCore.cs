namespace Rondo.Core;

/// <summary>
/// One executor's whole behaviour, without any I/O: inputs are stepped in, records and effects come out. Owned by one loop.
/// </summary>
/// <remarks>
/// A batch is any number of <see cref="Step"/> calls and one <see cref="EndBatch"/>. The records of the batch are committed in one
/// synced transaction, then its effects are let out. The next batch may be stepped while the last one commits.
/// </remarks>
public sealed class ExecutorCore
{
    /// <summary>Takes up what the stable storage holds.</summary>
    public ExecutorCore(CoreSettings settings, Recovered recovered, Instant now)
    {
        _ = settings;
        _ = recovered;
        _ = now;
    }

    /// <summary>When a <see cref="Input.Tick"/> is due, in <see cref="Instant.Elapsed"/>. Read after <see cref="EndBatch"/>.</summary>
    public TimeSpan NextDeadline { get; private set; }

    /// <summary>The first batch of a start: greets the others and goes on with what was recovered. Call once, then <see cref="EndBatch"/>.</summary>
    public void Start(Instant now, StepOutput output) => throw new NotSupportedException();

    /// <summary>Steps one input.</summary>
    public void Step(Input input, Instant now, StepOutput output) => throw new NotSupportedException();

    /// <summary>Ends a batch: starts jobs, and sends what has gathered for each peer.</summary>
    public void EndBatch(Instant now, StepOutput output) => throw new NotSupportedException();
}
