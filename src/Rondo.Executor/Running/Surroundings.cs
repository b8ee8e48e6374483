using Rondo.Executor.Running.Linux;
using Rondo.Executor.Running.Orphans;
using Rondo.Executor.Running.Streams;

namespace Rondo.Executor.Running;

/// <summary>What the processes of one runner share. All of it belongs to the runner's thread.</summary>
internal sealed record Surroundings(CommandRunnerOptions Options, EventQueue Events, Deadlines Deadlines, OrphanWatcher Watcher)
{
    /// <summary>Told what a job says of how far it is; null when nobody wants to know.</summary>
    public Action<Run, ProgressLine>? Said { get; init; }
}
