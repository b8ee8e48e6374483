using Microsoft.Extensions.Time.Testing;
using Microsoft.Win32.SafeHandles;
using Rondo.Executor.Running;
using Rondo.Executor.Running.Linux;
using Rondo.Executor.Running.Streams;

namespace Rondo.Executor.Tests.Running;

/// <summary>What a command says of how far it is, on a clock that the test moves.</summary>
public sealed class ProgressPipeTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly EventQueue _events = new();
    private readonly Deadlines _deadlines;
    private readonly List<ProgressLine> _said = [];
    private readonly ProgressPipe _progress;
    private readonly FileStream _command;

    public ProgressPipeTests()
    {
        _deadlines = new Deadlines(_time);
        var options = new CommandRunnerOptions { Executor = RunnerHarness.Executor, DataDirectory = "unused" };
        using var pipe = new Pipe();
        Assert.Equal(0, pipe.Open());
        _progress = new ProgressPipe(new Surroundings(options, _events, _deadlines, Watcher: null!), pipe.TakeReadEnd(), _said.Add);
        _command = new FileStream(new SafeFileHandle(pipe.TakeWriteEnd(), ownsHandle: true), FileAccess.Write, bufferSize: 0);
    }

    public void Dispose()
    {
        _command.Dispose();
        _progress.ReadRestAndClose();
        _events.Dispose();
    }

    [Fact]
    public void Line_RightBeforeTheCommandClosesItsDescriptor_IsToldOnceThePauseIsOver()
    {
        Write("40 half way\n"u8);
        Write("90 nearly\n"u8);
        _command.Dispose();
        _events.WaitOnce(0);
        Assert.Equal([new ProgressLine(40, "half way")], _said);

        PauseIsOver();

        Assert.Equal([new ProgressLine(40, "half way"), new ProgressLine(90, "nearly")], _said);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Line_OfACommandThatIsOver_IsNotToldLater(bool closes)
    {
        Write("40 half way\n"u8);
        Write("90 nearly\n"u8);
        if (closes)
        {
            _command.Dispose();
            _events.WaitOnce(0);
        }

        _progress.ReadRestAndClose();
        PauseIsOver();

        Assert.Equal([new ProgressLine(40, "half way")], _said);
    }

    private void Write(ReadOnlySpan<byte> line)
    {
        _command.Write(line);
        _events.WaitOnce(0);
    }

    private void PauseIsOver()
    {
        _time.Advance(ProgressPipe.Pause);
        _deadlines.RunDue();
    }
}
