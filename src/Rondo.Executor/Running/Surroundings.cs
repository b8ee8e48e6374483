using Rondo.Executor.Running.Linux;
using Rondo.Executor.Running.Orphans;

namespace Rondo.Executor.Running;

/// <summary>What the processes of one runner share. All of it belongs to the runner's thread.</summary>
internal sealed record Surroundings(CommandRunnerOptions Options, EventQueue Events, Deadlines Deadlines, OrphanWatcher Watcher);
