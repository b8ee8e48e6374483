using Rondo.Core;
using Rondo.Executor.Running.Streams;

namespace Rondo.Executor.Running;

/// <summary>One attempt of a job on this executor, from the call to start it until its end was told. Any thread may read it.</summary>
internal sealed class Run(JobId id, Attempt attempt, int outputMaxBytes, OutputFiles files)
{
    public JobId Id { get; } = id;

    public Attempt Attempt { get; } = attempt;

    /// <summary>What the command sees as <c>RONDO_INDEX</c>; null for none.</summary>
    public int? Index { get; init; }

    /// <summary>How long it may take; null for as long as it likes.</summary>
    public TimeLimit? TimeLimit { get; init; }

    public CapturedOutput Output { get; } = new(outputMaxBytes, files);

    public CapturedOutput Errors { get; } = new(outputMaxBytes, files);

    /// <summary>How many bytes of its outputs are kept. To be read by the thread that appends to them.</summary>
    public long KeptBytes => (long)Output.KeptBytes + Errors.KeptBytes;

    public CapturedOutput this[CommandStream stream] =>
        stream switch
        {
            CommandStream.Output => Output,
            CommandStream.Errors => Errors,
            _ => throw new ArgumentOutOfRangeException(nameof(stream), stream, "There are two streams."),
        };
}
