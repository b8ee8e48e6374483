using Microsoft.Extensions.Logging;
using Rondo.Executor.Running.Linux;

namespace Rondo.Executor.Running.Orphans;

/// <summary>
/// A small process beside the executor that outlives it just long enough to kill what its jobs have left. It waits for the end of a pipe
/// that only the executor has: however that ends, also by SIGKILL, the pipe comes to its end, and the watcher acts.
/// </summary>
/// <remarks>
/// The pipe's end comes no earlier than every job that was being started has become its own program: until then the child has a copy of
/// our end of the pipe. So no process is missed between its spawning and its registration; it carries the mark by then.
/// </remarks>
internal sealed partial class OrphanWatcher : EventQueue.IWhenReady
{
    private const string Shell = "/bin/sh";
    private static readonly TimeSpan RestartPause = TimeSpan.FromMilliseconds(100);

    // Groups first: they are known at once, and include processes that dropped their environment. Then everything with the mark, wherever
    // it went. The pauses let a process that is just replacing itself show its environment again.
    private const string Script = """
        trap '' HUP INT TERM
        cd /
        read -r nothing
        for group in $(cat <&3); do kill -s KILL -- "-$group"; done
        clean=0 rounds=0
        while [ $clean -lt 2 ] && [ $rounds -lt 100 ]; do
            clean=$((clean + 1)) rounds=$((rounds + 1))
            for file in $(grep -lsF -- "$1" /proc/[0-9]*/environ); do
                pid=${file#/proc/}
                kill -s KILL "${pid%/environ}"
                clean=0
            done
            [ $clean -ge 2 ] || sleep 0.05
        done
        """;

    private readonly EventQueue _events;
    private readonly Deadlines _deadlines;
    private readonly RunMark _mark;
    private readonly ILogger _logger;
    private readonly GroupList _groups = new();
    private ChildProcess? _process;
    private int _pipe;

    /// <summary>Starts the watcher.</summary>
    /// <exception cref="InvalidOperationException">It cannot be started.</exception>
    public OrphanWatcher(EventQueue events, Deadlines deadlines, RunMark mark, ILogger logger)
    {
        (_events, _deadlines, _mark, _logger) = (events, deadlines, mark, logger);
        if (!IsNeeded)
        {
            return;
        }

        if (Start() is { } problem)
        {
            throw new InvalidOperationException(
                $"An executor that runs commands needs {Shell} for the process that ends its jobs should it be killed, but it cannot be started: {problem}"
            );
        }
    }

    // When the first process of a pid namespace (a container) ends, the kernel kills all others.
    private static bool IsNeeded => Environment.ProcessId != 1;

    /// <summary>From now on this group dies with the executor.</summary>
    public void Add(int group) => _groups.Add(group);

    /// <summary>The group is done with. To be called before its number can pass to another one.</summary>
    public void Remove(int group) => _groups.Remove(group);

    /// <inheritdoc/>
    public void OnReady()
    {
        WatcherEnded(_logger);
        Release();

        // Not at once: descriptors are not opened within a round of events, and a machine where it dies at once is not to be kept busy.
        _deadlines.After(RestartPause, Restart);
    }

    /// <summary>Lets the watcher kill all that is left, and waits for it.</summary>
    public unsafe void Close(TimeSpan limit)
    {
        if (_process is { } process)
        {
            Native.Close(_pipe);
            var fd = new Native.PollFd { Fd = process.Descriptor, Events = (short)EventQueue.Readable };
            if (Native.Poll(&fd, 1, (int)limit.TotalMilliseconds) > 0)
            {
                process.Reap();
            }

            _events.Remove(process.Descriptor);
            process.Dispose();
            _process = null;
        }

        _groups.Close();
    }

    private void Restart()
    {
        if (Start() is { } problem)
        {
            WatcherNotStarted(_logger, problem);
            _deadlines.After(RestartPause, Restart);
        }
    }

    private string? Start()
    {
        using var pipe = new Pipe();
        if (pipe.Open() is not 0 and var noPipe)
        {
            return Errno.Describe(noPipe);
        }

        var request = new SpawnRequest
        {
            Path = Shell,
            Arguments = ["sh", "-c", Script, "rondo-orphan-watcher", _mark.OfThisStart],
            // Nothing of the executor's own: the mark of an executor that we are a job of would have the watcher killed too early.
            Environment = [$"PATH={Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin"}"],
            Input = pipe.ReadEnd,
            Further = _groups.Descriptor,
            NewSession = true, // What is sent to the executor's group or terminal must not reach it.
        };
        if (request.Spawn(out var pid) is not 0 and var notSpawned)
        {
            return Errno.Describe(notSpawned);
        }

        _process = ChildProcess.Of(pid);
        if (_process is null)
        {
            return "there is no descriptor for its process";
        }

        _pipe = pipe.TakeWriteEnd();
        _events.Add(_process.Descriptor, EventQueue.Readable, this);
        return null;
    }

    private void Release()
    {
        if (_process is { } process)
        {
            _events.Remove(process.Descriptor);
            process.Reap();
            process.Dispose();
            Native.Close(_pipe);
            _process = null;
        }
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Warning, Message = "The orphan watcher ended; starting another one")]
    private static partial void WatcherEnded(ILogger logger);

    [LoggerMessage(
        EventId = 2,
        Level = LogLevel.Error,
        Message = "The orphan watcher cannot be started: {Problem}. Until it can, jobs may outlive a crash of this executor until its next start"
    )]
    private static partial void WatcherNotStarted(ILogger logger, string problem);
}
