using System.Diagnostics;
using Rondo.Core;
using Rondo.Executor.Handlers;

namespace Rondo.Executor.Running;

/// <summary>Runs the jobs of an executor: commands as processes, handlers as .NET code in this one.</summary>
internal sealed class JobRunner : IDisposable
{
    private readonly CommandRunner? _commands;
    private readonly HandlerRunner _handlers;
    private readonly ContentFetch _fetch;

    /// <param name="read">Reads from the store what a job does that is not in memory; null when nobody knows the job any more.</param>
    /// <param name="ended">Told of jobs that ended before they could start.</param>
    public JobRunner(CommandRunner? commands, HandlerRunner handlers, Func<JobId, JobContent?> read, Action<Input.RunEnded> ended)
    {
        (_commands, _handlers) = (commands, handlers);
        _fetch = new ContentFetch(read, Launch, ended);
        Capabilities = new Capabilities(commands is not null, new EquatableList<string>([.. handlers.Names]));
    }

    /// <summary>What can be run here.</summary>
    public Capabilities Capabilities { get; }

    /// <summary>Tells jobs that start from now on where clients reach this executor, as host:port.</summary>
    public void Announce(string address) => _commands?.Announce(address);

    /// <summary>Starts an attempt and returns at once; it is followed by exactly one <see cref="Input.RunEnded"/>.</summary>
    public void Start(Effect.Start start)
    {
        if (start.Content is StoredContent)
        {
            _fetch.Begin(start);
        }
        else
        {
            Launch(start);
        }
    }

    /// <summary>Ends an attempt before its time. Nothing happens when it has ended or is not known here.</summary>
    public void Stop(Effect.Stop stop)
    {
        // Each knows its own; a job is never run by both.
        if (!_fetch.TryStop(stop.Id, stop.Attempt))
        {
            _commands?.Stop(stop.Id, stop.Attempt);
            _handlers.Stop(stop.Id, stop.Attempt);
        }
    }

    /// <inheritdoc cref="CommandRunner.OpenOutput"/>
    public IAsyncEnumerable<ReadOnlyMemory<byte>>? OpenOutput(JobId id, CommandStream stream, long offset = 0) =>
        _commands?.OpenOutput(id, stream, offset);

    /// <summary>Starts nothing more, lets what runs go on up to the limit, and interrupts the rest.</summary>
    /// <returns>Completed once every run has ended and was reported.</returns>
    public async Task ShutDownAsync(TimeSpan limit)
    {
        await _fetch.ShutDownAsync();
        await Task.WhenAll(_commands?.ShutDownAsync(limit) ?? Task.CompletedTask, _handlers.ShutDownAsync(limit));
    }

    /// <summary>Kills all processes that still run, and waits until they are gone; for some seconds at most.</summary>
    public void Dispose() => _commands?.Dispose();

    private void Launch(Effect.Start start)
    {
        switch (start.Terms.Kind)
        {
            case JobKind.Handler:
                _handlers.Start(start.Id, start.Attempt, start.Terms.Handler, start.Content, start.Terms.TimeLimit);
                break;
            case JobKind.Command when _commands is not null:
                _commands.Start(start.Id, start.Attempt, start.Content, start.Terms.Index, start.Terms.TimeLimit);
                break;
            default:
                throw new UnreachableException($"The core started {start.Id}, which is beyond what this executor said it can run.");
        }
    }
}
