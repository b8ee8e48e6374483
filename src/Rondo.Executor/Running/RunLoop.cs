using Microsoft.Extensions.Logging;
using Rondo.Core;
using Rondo.Executor.Running.Linux;
using Rondo.Executor.Running.Orphans;
using Rondo.Executor.Running.Streams;

namespace Rondo.Executor.Running;

/// <summary>
/// The thread that starts, feeds, reads and reaps all processes of a runner. Others hand it what to do through a queue; nobody else
/// touches a process.
/// </summary>
internal sealed class RunLoop : IDisposable
{
    private const int StartsPerRound = 8; // Output is read in between also while a burst of jobs starts.
    private const int ShortageTries = 50;
    private static readonly TimeSpan ShortagePause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan RoomPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan AbandonAfter = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan WatcherCloseLimit = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Queue<Action> _queue = new();
    private readonly EventQueue _events = new();
    private readonly Deadlines _deadlines = new(TimeProvider.System);
    private readonly Surroundings _surroundings;
    private readonly Launch _launch;
    private readonly Action<Run, Outcome, bool> _ended;
    private readonly Func<long, bool> _hasRoom;
    private readonly Thread _thread;
    private readonly Dictionary<(JobId Id, Attempt Attempt), LiveRun> _live = [];
    private readonly List<TaskCompletionSource> _waitForNone = [];
    private bool _takesNoMore;
    private bool _leaves;
    private bool _closed;

    /// <param name="ended">Called on the loop's thread with how a run ended, and whether only because this executor stops.</param>
    /// <param name="said">Called on the loop's thread with what a run says of how far it is; null for no such channel.</param>
    /// <param name="hasRoom">Called on the loop's thread for whether an end with so many bytes of output may be told now.</param>
    public RunLoop(
        CommandRunnerOptions options,
        RunMark mark,
        Action<Run, Outcome, bool> ended,
        Action<Run, ProgressLine>? said,
        Func<long, bool> hasRoom,
        ILogger logger
    )
    {
        (_ended, _hasRoom) = (ended, hasRoom);
        _launch = new Launch(options.Executor, mark) { WithProgress = said is not null };
        try
        {
            _surroundings = new Surroundings(options, _events, _deadlines, new OrphanWatcher(_events, _deadlines, mark, logger))
            {
                Said = said,
            };
        }
        catch
        {
            _events.Dispose();
            throw;
        }

        _thread = new Thread(Work) { Name = "rondo-runner", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Tells commands that start from now on where clients reach this executor.</summary>
    public void Announce(string address) => Post(() => _launch.Address = address);

    /// <summary>Starts a run; false when the loop is closed.</summary>
    public bool Start(Run run, JobContent content) =>
        Post(() =>
        {
            var live = new LiveRun(run);
            _live.Add((run.Id, run.Attempt), live);
            if (_takesNoMore)
            {
                live.IsInterrupted = true;
                End(live, CommandOutcome.CannotStart("the executor stops"));
            }
            else
            {
                Launch(live, content, ShortageTries);
            }
        });

    /// <summary>Stops a run, if it still goes on.</summary>
    public void Stop(JobId id, Attempt attempt) =>
        Post(() =>
        {
            if (_live.TryGetValue((id, attempt), out var live))
            {
                Stop(live);
            }
        });

    /// <summary>Starts nothing more, and stops what goes on after the limit.</summary>
    /// <returns>Completed once nothing goes on.</returns>
    public Task ShutDown(TimeSpan limit)
    {
        var none = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var posted = Post(() =>
        {
            _takesNoMore = true;
            _waitForNone.Add(none);
            TellIfNone();
            _deadlines.After(limit, () => ForEachInterrupted(Stop));
        });
        return posted ? none.Task : Task.CompletedTask;
    }

    /// <summary>Kills everything and ends the thread. Not to be called from it.</summary>
    public void Dispose()
    {
        Post(() =>
        {
            _takesNoMore = true;
            _leaves = true;
            ForEachInterrupted(Kill);
            _deadlines.After(AbandonAfter, () => ForEachInterrupted(Abandon));
        });
        _thread.Join();
    }

    private bool Post(Action action)
    {
        lock (_gate)
        {
            if (_closed)
            {
                return false;
            }

            _queue.Enqueue(action);
        }

        _events.Wake();
        return true;
    }

    private void Work()
    {
        TimeSlice.Reset();
        while (!IsDone())
        {
            _events.WaitOnce(IsQueueEmpty() ? _deadlines.NextMs() : 0);
            _deadlines.RunDue();
            for (var count = 0; count < StartsPerRound && TryTake(out var action); count++)
            {
                action();
            }
        }

        _surroundings.Watcher.Close(WatcherCloseLimit);
        _events.Dispose();
    }

    private bool IsDone()
    {
        lock (_gate)
        {
            return _closed = _leaves && _live.Count == 0 && _queue.Count == 0;
        }
    }

    private bool IsQueueEmpty()
    {
        lock (_gate)
        {
            return _queue.Count == 0;
        }
    }

    private bool TryTake([System.Diagnostics.CodeAnalysis.MaybeNullWhen(false)] out Action action)
    {
        lock (_gate)
        {
            return _queue.TryDequeue(out action);
        }
    }

    private void Launch(LiveRun live, JobContent content, int triesLeft)
    {
        var run = live.Run;
        if (!CommandDefinition.TryParse(content.Definition.Span, out var definition, out var wrong))
        {
            End(live, CommandOutcome.CannotStart(wrong!));
            return;
        }

        if (_launch.Plan(run, definition, out var problem) is not { } plan)
        {
            End(live, CommandOutcome.CannotStart(problem!));
            return;
        }

        var error = JobProcess.Start(_surroundings, run, plan, content.Input, WhenExited(live), out var process);
        live.Process = process;
        if (error != 0 && Errno.IsShortage(error) && triesLeft > 0)
        {
            // A machine that has too much to do just now is no reason to fail a job for good.
            live.Later = _deadlines.After(ShortagePause, () => Launch(live, content, triesLeft - 1));
        }
        else if (error != 0)
        {
            End(live, CommandOutcome.CannotStart(Running.Launch.ProblemOf(error, definition.Command[0])));
        }
        else if (run.TimeLimit is { } limit)
        {
            live.TimeIsUp = _deadlines.After(limit.Timeout, () => EndOutOfTime(live, limit));
        }
    }

    // On its own, so that it does not keep the job's input in memory while the job runs.
    private Action<ExitStatus> WhenExited(LiveRun live) => exit => EndWhenRoom(live, exit);

    /// <summary>The outputs are in memory from now on until they are in the store: not those of all commands that end at the same time.</summary>
    private void EndWhenRoom(LiveRun live, ExitStatus exit)
    {
        if (!_leaves && !_hasRoom(live.Run.KeptBytes))
        {
            live.Later = _deadlines.After(RoomPause, () => EndWhenRoom(live, exit));
            return;
        }

        var outcome = CommandOutcome.Of(exit, live.Run);
        End(live, live.OutOfTime is { } limit ? CommandOutcome.OutOfTime(outcome, limit) : outcome);
    }

    private static void EndOutOfTime(LiveRun live, TimeLimit limit)
    {
        if (live.Process is { HasExited: false, IsStopping: false } process)
        {
            live.OutOfTime = limit;
            process.Stop(limit.KillGrace);
        }
    }

    private void End(LiveRun live, Outcome outcome)
    {
        var run = live.Run;
        live.Later?.Cancel();
        live.TimeIsUp?.Cancel();
        _live.Remove((run.Id, run.Attempt));
        run.Output.End();
        run.Errors.End();
        _ended(run, outcome, live.IsInterrupted);
        TellIfNone();
    }

    private void TellIfNone()
    {
        if (_live.Count == 0)
        {
            _waitForNone.ForEach(waiting => waiting.TrySetResult());
            _waitForNone.Clear();
        }
    }

    private void ForEachInterrupted(Action<LiveRun> end)
    {
        foreach (var live in _live.Values.ToArray())
        {
            // What has exited by itself, or was stopped for another reason, does not end because of us.
            live.IsInterrupted |= live.Process is not { } process || !(process.HasExited || process.IsStopping);
            end(live);
        }
    }

    private void Stop(LiveRun live)
    {
        if (live.Process is { } process)
        {
            process.Stop(_surroundings.Options.StopGrace);
        }
        else
        {
            End(live, CommandOutcome.CannotStart("it was stopped before it could start"));
        }
    }

    private void Kill(LiveRun live)
    {
        if (live.Process is { } process)
        {
            process.Kill();
        }
        else
        {
            Stop(live);
        }
    }

    private void Abandon(LiveRun live)
    {
        live.Process?.Abandon();
        End(live, CommandOutcome.Abandoned(live.Run));
    }

    /// <summary>A run that has not ended.</summary>
    private sealed class LiveRun(Run run)
    {
        public Run Run { get; } = run;

        /// <summary>Null before it could be started.</summary>
        public JobProcess? Process { get; set; }

        /// <summary>When to try once more to start it, or to tell its end.</summary>
        public Deadlines.Deadline? Later { get; set; }

        /// <summary>When it has taken as long as it may.</summary>
        public Deadlines.Deadline? TimeIsUp { get; set; }

        /// <summary>The limit that it went beyond; null when it did not.</summary>
        public TimeLimit? OutOfTime { get; set; }

        public bool IsInterrupted { get; set; }
    }
}
