using Rondo.Executor.Running.Linux;
using Rondo.Executor.Running.Streams;

namespace Rondo.Executor.Running;

/// <summary>
/// The processes of one attempt. Belongs to the runner's thread. It ends when the command has exited, its process group is gone, and
/// both of its streams have been read to their ends.
/// </summary>
/// <remarks>
/// What the command leaves running in its process group when it exits by itself is killed, so that the streams come to an end. After
/// <see cref="Stop"/> the rest of the group has as long as the command itself: a shell dies of SIGTERM at once, while the program that it
/// runs may still be tidying up. What tells that somebody of the group is still there is that a stream is open.
/// </remarks>
internal sealed class JobProcess : EventQueue.IWhenReady
{
    private readonly Surroundings _surroundings;
    private readonly ChildProcess _child;
    private readonly OutputPipe _output;
    private readonly OutputPipe _errors;
    private InputPipe? _input;
    private ProgressPipe? _progress;
    private readonly Action<ExitStatus> _onEnd;
    private ExitStatus? _exit;
    private Deadlines.Deadline? _deadline;
    private bool _mayTidyUp;
    private bool _ended;

    private JobProcess(Surroundings surroundings, ChildProcess child, Run run, int output, int errors, Action<ExitStatus> onEnd)
    {
        (_surroundings, _child, _onEnd) = (surroundings, child, onEnd);
        surroundings.Watcher.Add(child.Pid);
        surroundings.Events.Add(child.Descriptor, EventQueue.Readable, this);
        _output = new OutputPipe(surroundings.Events, output, run.Output, Advance);
        _errors = new OutputPipe(surroundings.Events, errors, run.Errors, Advance);
    }

    /// <summary>True once somebody wants it to end.</summary>
    public bool IsStopping { get; private set; }

    /// <summary>True once the command itself has exited, also while its output is still being read.</summary>
    public bool HasExited => _exit is not null;

    /// <summary>Spawns a planned command.</summary>
    /// <returns>0, or the error number.</returns>
    public static int Start(
        Surroundings surroundings,
        Run run,
        SpawnRequest plan,
        ReadOnlyMemory<byte> input,
        Action<ExitStatus> onEnd,
        out JobProcess? process
    )
    {
        process = null;
        using var inputPipe = new Pipe();
        using var outputPipe = new Pipe();
        using var errorPipe = new Pipe();
        using var progressPipe = new Pipe();
        int error;
        if (
            (!input.IsEmpty && (error = inputPipe.Open()) != 0)
            || (error = outputPipe.Open()) != 0
            || (error = errorPipe.Open()) != 0
            || (surroundings.Said is not null && (error = progressPipe.Open()) != 0)
        )
        {
            return error;
        }

        var request = plan with
        {
            Input = input.IsEmpty ? null : inputPipe.ReadEnd,
            Output = outputPipe.WriteEnd,
            Errors = errorPipe.WriteEnd,
            Further = surroundings.Said is null ? null : progressPipe.WriteEnd,
        };
        error = request.Spawn(out var pid);
        if (error != 0)
        {
            return error;
        }

        // Now, as they leave room for the descriptor of the process.
        inputPipe.CloseReadEnd();
        outputPipe.CloseWriteEnd();
        errorPipe.CloseWriteEnd();
        progressPipe.CloseWriteEnd();
        if (ChildProcess.Of(pid) is not { } child)
        {
            return Errno.NoProcess;
        }

        process = new JobProcess(surroundings, child, run, outputPipe.TakeReadEnd(), errorPipe.TakeReadEnd(), onEnd);
        if (surroundings.Said is { } said)
        {
            process._progress = new ProgressPipe(surroundings, progressPipe.TakeReadEnd(), line => said(run, line));
        }

        if (!input.IsEmpty)
        {
            process._input = new InputPipe(surroundings.Events, inputPipe.TakeWriteEnd(), input);
        }

        return 0;
    }

    /// <summary>Asks all of its processes to end (SIGTERM), and kills them when the grace is over.</summary>
    public void Stop(TimeSpan grace)
    {
        if (IsStopping || _child.IsReaped)
        {
            return;
        }

        if (grace == TimeSpan.Zero)
        {
            Kill();
            return;
        }

        IsStopping = true;
        _mayTidyUp = true;
        _child.SignalGroup(Signals.Terminate);
        _child.SignalGroup(Signals.Continue); // A stopped process would not see the other signal.
        _deadline = _surroundings.Deadlines.After(grace, Kill);
    }

    /// <summary>Kills all of its processes at once.</summary>
    public void Kill()
    {
        if (_child.IsReaped)
        {
            return;
        }

        IsStopping = true;
        _mayTidyUp = false;
        _child.SignalGroup(Signals.Kill);
        Advance();
    }

    /// <summary>Lets go of processes that did not end although they were killed.</summary>
    public void Abandon()
    {
        _ended = true;
        _deadline?.Cancel();
        _input?.Close();
        _progress?.ReadRestAndClose();
        _output.ReadRestAndClose();
        _errors.ReadRestAndClose();
    }

    /// <inheritdoc/>
    void EventQueue.IWhenReady.OnReady()
    {
        if (_child.PeekExit() is { } exit)
        {
            _exit = exit;
            _surroundings.Events.Remove(_child.Descriptor);
            _input?.Close();
            Advance();
        }
    }

    private bool StreamsHaveEnded => _output.HasEnded && _errors.HasEnded;

    private void Advance()
    {
        if (_exit is null || _ended)
        {
            return;
        }

        if (!_child.IsReaped && (StreamsHaveEnded || !_mayTidyUp))
        {
            EndGroup();
        }

        if (_child.IsReaped && StreamsHaveEnded)
        {
            _ended = true;
            _deadline?.Cancel();
            _progress?.ReadRestAndClose();
            _onEnd(_exit);
        }
    }

    // In this order: while the exit is not reaped no other process or group can get the number, here or in the watcher.
    private void EndGroup()
    {
        _child.SignalGroup(Signals.Kill);
        _surroundings.Watcher.Remove(_child.Pid);
        _child.Reap();
        _child.Dispose();

        _deadline?.Cancel();
        _deadline = StreamsHaveEnded ? null : _surroundings.Deadlines.After(_surroundings.Options.EscapedOutputLimit, CloseStreams);
    }

    private void CloseStreams()
    {
        _output.ReadRestAndClose();
        _errors.ReadRestAndClose();
        Advance();
    }
}
