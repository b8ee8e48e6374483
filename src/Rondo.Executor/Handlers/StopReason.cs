namespace Rondo.Executor.Handlers;

/// <summary>Why a handler is asked to end before its time.</summary>
internal enum StopReason
{
    /// <summary>A client wants it.</summary>
    Cancel,

    /// <summary>It has taken as long as it may.</summary>
    OutOfTime,

    /// <summary>This executor stops; the job is to run again.</summary>
    Interrupt,
}
