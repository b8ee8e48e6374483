using System.Diagnostics;
using Rondo.Core;
using Rondo.Executor.Handlers;

namespace Rondo.Executor.Running;

/// <summary>Runs the jobs of an executor: commands as processes, handlers as .NET code in this one.</summary>
internal sealed class JobRunner(CommandRunner? commands, HandlerRunner handlers) : IDisposable
{
    /// <summary>What can be run here.</summary>
    public Capabilities Capabilities { get; } = new(commands is not null, new EquatableList<string>([.. handlers.Names]));

    /// <summary>Tells jobs that start from now on where clients reach this executor, as host:port.</summary>
    public void Announce(string address) => commands?.Announce(address);

    /// <summary>Starts an attempt and returns at once; it is followed by exactly one <see cref="Input.RunEnded"/>.</summary>
    public void Start(Effect.Start start)
    {
        switch (start.Terms.Kind)
        {
            case JobKind.Handler:
                handlers.Start(start.Id, start.Attempt, start.Terms.Handler, start.Content, start.Terms.TimeLimit);
                break;
            case JobKind.Command when commands is not null:
                commands.Start(start.Id, start.Attempt, start.Content, start.Terms.Index, start.Terms.TimeLimit);
                break;
            default:
                throw new UnreachableException($"The core started {start.Id}, which is beyond what this executor said it can run.");
        }
    }

    /// <summary>Ends an attempt before its time. Nothing happens when it has ended or is not known here.</summary>
    public void Stop(Effect.Stop stop)
    {
        // Each knows its own; a job is never run by both.
        commands?.Stop(stop.Id, stop.Attempt);
        handlers.Stop(stop.Id, stop.Attempt);
    }

    /// <inheritdoc cref="CommandRunner.OpenOutput"/>
    public IAsyncEnumerable<ReadOnlyMemory<byte>>? OpenOutput(JobId id, CommandStream stream, long offset = 0) =>
        commands?.OpenOutput(id, stream, offset);

    /// <summary>Starts nothing more, lets what runs go on up to the limit, and interrupts the rest.</summary>
    /// <returns>Completed once every run has ended and was reported.</returns>
    public Task ShutDownAsync(TimeSpan limit) =>
        Task.WhenAll(commands?.ShutDownAsync(limit) ?? Task.CompletedTask, handlers.ShutDownAsync(limit));

    /// <summary>Kills all processes that still run, and waits until they are gone; for some seconds at most.</summary>
    public void Dispose() => commands?.Dispose();
}
