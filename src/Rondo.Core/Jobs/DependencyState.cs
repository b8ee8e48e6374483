namespace Rondo.Core;

/// <summary>What has become of a job that others wait for.</summary>
public enum DependencyState
{
    /// <summary>It has not ended, as far as is known.</summary>
    Pending,

    /// <summary>It succeeded.</summary>
    Succeeded,

    /// <summary>It failed.</summary>
    Failed,

    /// <summary>It was cancelled.</summary>
    Cancelled,

    /// <summary>Nobody knows it: it never was, was deleted since, or its home is gone for good.</summary>
    Unknown,
}

/// <summary>Compares what became of a job with what was asked.</summary>
public static class DependencyStates
{
    /// <summary>How a job ended.</summary>
    public static DependencyState Of(JobEnd end) =>
        end switch
        {
            JobEnd.Succeeded => DependencyState.Succeeded,
            JobEnd.Failed => DependencyState.Failed,
            JobEnd.Cancelled => DependencyState.Cancelled,
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    /// <summary>True when a job that ended so lets those start that wait for it.</summary>
    public static bool Meets(this DependencyState state, DependencyCondition condition) =>
        condition switch
        {
            DependencyCondition.Success => state is DependencyState.Succeeded,
            DependencyCondition.Failure => state is DependencyState.Failed or DependencyState.Cancelled,
            DependencyCondition.End => state is DependencyState.Succeeded or DependencyState.Failed or DependencyState.Cancelled,
            _ => throw new System.Diagnostics.UnreachableException(),
        };
}
