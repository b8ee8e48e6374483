namespace Rondo.Executor.Running;

/// <summary>One of the two streams that a command writes.</summary>
internal enum CommandStream
{
    /// <summary>Standard output: the job's result.</summary>
    Output,

    /// <summary>Standard error.</summary>
    Errors,
}
