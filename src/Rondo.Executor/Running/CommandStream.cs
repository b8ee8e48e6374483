namespace Rondo.Executor.Running;

/// <summary>One of the two streams that a command writes.</summary>
public enum CommandStream
{
    /// <summary>Standard output: the job's result.</summary>
    Output,

    /// <summary>Standard error.</summary>
    Errors,
}
