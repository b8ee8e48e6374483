using Rondo.Core;

namespace Rondo.Wire;

/// <summary>What executors say to each other, and note, of jobs that others wait for.</summary>
internal static class DependencyMapping
{
    public static V1.JobEnded ToWire(JobEnded ended) => new() { Id = JobMapping.ToWire(ended.Id), State = ToWire(ended.State) };

    public static JobEnded FromWire(V1.JobEnded ended) => new(JobMapping.FromWire(ended.Id), FromWire(ended.State));

    public static V1.DependencyState ToWire(DependencyState state) =>
        state switch
        {
            DependencyState.Pending => V1.DependencyState.Pending,
            DependencyState.Succeeded => V1.DependencyState.Succeeded,
            DependencyState.Failed => V1.DependencyState.Failed,
            DependencyState.Cancelled => V1.DependencyState.Cancelled,
            DependencyState.Unknown => V1.DependencyState.Unknown,
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    public static DependencyState FromWire(V1.DependencyState state) =>
        state switch
        {
            V1.DependencyState.Pending => DependencyState.Pending,
            V1.DependencyState.Succeeded => DependencyState.Succeeded,
            V1.DependencyState.Failed => DependencyState.Failed,
            V1.DependencyState.Cancelled => DependencyState.Cancelled,
            V1.DependencyState.Unknown => DependencyState.Unknown,
            _ => throw new WireFormatException($"dependency: {(int)state} is not a state that this version knows"),
        };
}
