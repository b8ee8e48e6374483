namespace Rondo.Core;

/// <summary>A job that must have ended before another one starts.</summary>
/// <param name="Id">The job to wait for.</param>
/// <param name="When">How it must have ended.</param>
public readonly record struct Dependency(JobId Id, DependencyCondition When);

/// <summary>How a job must have ended for those that depend on it to start.</summary>
public enum DependencyCondition
{
    /// <summary>It succeeded.</summary>
    Success,

    /// <summary>It failed or was cancelled.</summary>
    Failure,

    /// <summary>It ended, in whatever way.</summary>
    End,
}
