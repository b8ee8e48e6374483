using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Rondo.Core;
using Rondo.Executor.Running.Linux;
using Rondo.Executor.Running.Orphans;
using Rondo.Executor.Running.Streams;

namespace Rondo.Executor.Running;

/// <summary>
/// Runs the commands of one executor as child processes, on Linux. Every <see cref="Start"/> is followed by exactly one
/// <see cref="Input.RunEnded"/>. No process of a job outlives its executor, however that ends.
/// </summary>
/// <remarks>
/// <para>A command leads a process group of its own. When it exits, what is left of the group is killed. A process that leaves
/// the group (<c>setsid</c>, a daemon) goes on until the executor ends; one that also starts with an empty environment cannot be found.</para>
/// <para>A command has the executor's environment, its own variables over that, and <c>RONDO_JOB_ID</c>, <c>RONDO_ATTEMPT</c> and
/// <c>RONDO_EXECUTOR</c>, <c>RONDO_INDEX</c> where it has an index, <c>RONDO_ADDR</c> and <c>RONDO_PROGRESS_FD</c>; and one whose name begins with <c>RONDO_RUN_</c>, by which its processes are found.</para>
/// </remarks>
internal sealed partial class CommandRunner : IDisposable
{
    private static readonly TimeSpan SweepLimit = TimeSpan.FromSeconds(5);

    private readonly CommandRunnerOptions _options;
    private readonly Action<Input.RunEnded> _ended;
    private readonly OutputFiles _files;
    private readonly RunLoop _loop;
    private readonly ConcurrentDictionary<JobId, Run> _runs = new();

    /// <summary>
    /// Kills what an earlier start from the same data directory has left, and is ready to run commands then. May take up to some seconds
    /// when there is something to kill.
    /// </summary>
    /// <param name="ended">
    /// Called for every end, on the runner's own thread, which does nothing else meanwhile: it must return at once, and neither throw nor
    /// call <see cref="Dispose"/>.
    /// </param>
    /// <param name="said">
    /// Called like <paramref name="ended"/> for what commands say of how far they are; null when commands are given no means to.
    /// </param>
    /// <param name="hasRoom">
    /// Called like <paramref name="ended"/> for whether the end of a command may be told that has so many bytes of output; until it may they
    /// stay on the disk. Null for always.
    /// </param>
    /// <exception cref="ArgumentException">An option is out of bounds.</exception>
    /// <exception cref="PlatformNotSupportedException">The system is not Linux 5.3 or later.</exception>
    /// <exception cref="InvalidOperationException">There is no <c>/bin/sh</c>, and this is not the first process of a container.</exception>
    public CommandRunner(
        CommandRunnerOptions options,
        Action<Input.RunEnded> ended,
        ILogger<CommandRunner>? logger = null,
        Action<Input.Progress>? said = null,
        Func<long, bool>? hasRoom = null
    )
    {
        options.Validate(nameof(options));
        CheckPlatform();
        (_options, _ended) = (options, ended);
        ILogger log = logger ?? NullLogger<CommandRunner>.Instance;
        _files = new OutputFiles(options.DataDirectory, log);
        Signals.PrepareThisProcess();
        SpawnRequest.OccupyStandardDescriptors();

        var mark = RunMark.Create(options.Executor, options.DataDirectory);
        var (killed, left) = Sweep.Kill(mark.OfAnyStart, SweepLimit);
        if (killed > 0)
        {
            KilledLeftovers(log, killed, left);
        }

        Action<Run, ProgressLine>? onProgress = said is null
            ? null
            : (run, line) => said(new Input.Progress(Request: null, run.Id, run.Attempt, line.Percent, line.Text));
        _loop = new RunLoop(options, mark, OnEnded, onProgress, hasRoom ?? (static _ => true), log);
    }

    /// <summary>Tells commands that start from now on where clients reach this executor, as host:port: they see it as <c>RONDO_ADDR</c>.</summary>
    public void Announce(string address) => _loop.Announce(address);

    /// <summary>
    /// Starts an attempt and returns at once. What cannot be started ends as failed with <see cref="Reasons.CannotStart"/>; once the
    /// runner shuts down, everything ends at once as interrupted. A second start of the same attempt is ignored.
    /// </summary>
    /// <param name="index">What the command sees as <c>RONDO_INDEX</c>; null for none.</param>
    /// <param name="timeLimit">How long it may take from when its process has started; null for as long as it likes.</param>
    public void Start(JobId id, Attempt attempt, JobContent content, int? index = null, TimeLimit? timeLimit = null)
    {
        if (_runs.TryGetValue(id, out var present) && present.Attempt == attempt)
        {
            return;
        }

        var run = new Run(id, attempt, _options.OutputMaxBytes, _files) { Index = index, TimeLimit = timeLimit };
        _runs[id] = run;
        if (!_loop.Start(run, content))
        {
            OnEnded(run, CommandOutcome.CannotStart("the executor stops"), isInterrupted: true);
        }
    }

    /// <summary>
    /// Ends an attempt before its time: SIGTERM to its process group, SIGKILL after the grace. Nothing happens when it has ended or is not
    /// known here.
    /// </summary>
    public void Stop(JobId id, Attempt attempt) => _loop.Stop(id, attempt);

    /// <summary>
    /// Follows what a job writes: first what was kept of it so far, then what comes, until the stream ends. Bytes beyond the bound for
    /// outputs are not seen here either. Any number of readers may follow at their own speed; a slow one holds nothing up. What a reader is
    /// given is valid until it asks for more.
    /// </summary>
    /// <param name="offset">How many bytes to leave out; not negative.</param>
    /// <returns>
    /// Null when the job does not run here. If it did, its <see cref="Input.RunEnded"/> was handed over before that: who asks the core
    /// after it gets the answer that knows of the end.
    /// </returns>
    public IAsyncEnumerable<ReadOnlyMemory<byte>>? OpenOutput(JobId id, CommandStream stream, long offset = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        return _runs.TryGetValue(id, out var run) ? run[stream].Follow(offset) : null;
    }

    /// <summary>
    /// Starts nothing more, lets what runs go on up to the limit, and stops the rest as <see cref="Stop"/> does, with
    /// <see cref="Input.RunEnded.Interrupted"/> set.
    /// </summary>
    /// <returns>Completed once every run has ended and was reported.</returns>
    public Task ShutDownAsync(TimeSpan limit) => _loop.ShutDown(limit < TimeSpan.Zero ? TimeSpan.Zero : limit);

    /// <summary>
    /// Kills all that still runs, reports it as interrupted, and waits until also processes that had left their groups are gone; for some
    /// seconds at most.
    /// </summary>
    public void Dispose() => _loop.Dispose();

    private void OnEnded(Run run, Outcome outcome, bool isInterrupted)
    {
        _ended(new Input.RunEnded(run.Id, run.Attempt, outcome, isInterrupted));

        // Only now, as OpenOutput promises; and only this run, for the core may have started the next attempt meanwhile.
        _runs.TryRemove(KeyValuePair.Create(run.Id, run));
        run.Output.Release();
        run.Errors.Release();
    }

    private static void CheckPlatform()
    {
        var descriptor = OperatingSystem.IsLinux() ? Native.PidfdOpen(Environment.ProcessId) : -1;
        if (descriptor < 0)
        {
            throw new PlatformNotSupportedException(
                "Commands run on Linux 5.3 or later only: this system has no descriptors of processes (pidfd_open)."
            );
        }

        Native.Close(descriptor);
    }

    [LoggerMessage(
        EventId = 3,
        Level = LogLevel.Warning,
        Message = "An earlier start of this executor left {Killed} processes of jobs behind; they were killed, and {Left} of them are not seen to have ended"
    )]
    private static partial void KilledLeftovers(ILogger logger, int killed, int left);
}
