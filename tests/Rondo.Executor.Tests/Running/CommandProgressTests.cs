using System.Collections.Concurrent;
using System.Text;
using Rondo.Core;
using Rondo.Executor.Running;
using Rondo.Executor.Running.Streams;

namespace Rondo.Executor.Tests.Running;

/// <summary>Commands that say how far they are.</summary>
[Collection(RunnerHarness.Processes)]
public sealed class CommandProgressTests
{
    [Theory]
    [InlineData("40 some text", 40.0, "some text")]
    [InlineData("40", 40.0, null)]
    [InlineData("12.5%\tdone", 12.5, "done")]
    [InlineData("  100  ", 100.0, null)]
    [InlineData("101 dogs", null, "101 dogs")]
    [InlineData("-1 left", null, "-1 left")]
    [InlineData("nearly", null, "nearly")]
    public void Line_IsANumberATextOrBoth(string line, double? percent, string? text) =>
        Assert.Equal(new ProgressLine(percent, text), ProgressLine.Parse(Encoding.UTF8.GetBytes(line)));

    [Fact]
    public void Line_OfNothing_SaysNothing() => Assert.Null(ProgressLine.Parse(" \t"u8));

    [Fact]
    public void Line_OfALongText_IsCut() =>
        Assert.Equal(JobProgress.TextMaxLength, ProgressLine.Parse(Encoding.UTF8.GetBytes(new string('x', 900)))!.Value.Text!.Length);

    [Fact]
    public async Task Command_ThatWritesToItsDescriptor_IsHeard()
    {
        var said = new ConcurrentQueue<Input.Progress>();
        var end = new TaskCompletionSource<Outcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        var directory = Directory.CreateTempSubdirectory("rondo-runner-").FullName;
        var options = new CommandRunnerOptions { Executor = RunnerHarness.Executor, DataDirectory = directory };
        using (var runner = new CommandRunner(options, ended => end.TrySetResult(ended.Outcome), said: said.Enqueue))
        {
            runner.Announce("127.0.0.1:7070");
            var id = new JobId(RunnerHarness.Executor, 1);
            var command = new CommandDefinition
            {
                Command =
                [
                    "sh",
                    "-c",
                    "echo '40 half way' >&$RONDO_PROGRESS_FD; read line; echo $RONDO_PROGRESS_FD $RONDO_ADDR; ls /proc/$$/fd",
                ],
            };
            runner.Start(id, new Attempt(2), new JobContent(command.ToUtf8(), default));
            var outcome = await end.Task.WaitAsync(RunnerHarness.Limit, TestContext.Current.CancellationToken);

            Assert.Equal("3 127.0.0.1:7070\n0\n1\n2\n3\n", RunnerHarness.Text(outcome.Output.Result));
            Assert.Equal(new Input.Progress(null, id, new Attempt(2), 40, "half way"), Assert.Single(said));
        }

        Directory.Delete(directory, recursive: true);
    }
}
