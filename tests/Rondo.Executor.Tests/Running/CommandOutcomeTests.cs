using System.Text;
using Rondo.Core;
using Rondo.Executor.Running;

namespace Rondo.Executor.Tests.Running;

[Collection(RunnerHarness.Processes)]
public sealed class CommandOutcomeTests : IDisposable
{
    private readonly RunnerHarness _harness = new();

    public void Dispose() => _harness.Dispose();

    [Fact]
    public async Task Command_ExitsWithZero_Succeeds()
    {
        var outcome = await _harness.OutcomeOf(_harness.StartShell("echo out; echo err >&2"));

        Assert.Equal(JobEnd.Succeeded, outcome.End);
        Assert.Equal(0, outcome.ExitCode);
        Assert.Null(outcome.Reason);
        Assert.Equal("out\n", RunnerHarness.Text(outcome.Output.Result));
        Assert.Equal("err\n", RunnerHarness.Text(outcome.Output.Errors));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(42)]
    [InlineData(255)]
    public async Task Command_ExitsWithACode_FailsWithIt(int code)
    {
        var outcome = await _harness.OutcomeOf(_harness.StartShell($"echo partly; exit {code}"));

        Assert.Equal((JobEnd.Failed, Reasons.ExitCode, code), (outcome.End, outcome.Reason, outcome.ExitCode));
        Assert.Equal("partly\n", RunnerHarness.Text(outcome.Output.Result));
    }

    [Theory]
    [InlineData(9, "SIGKILL")]
    [InlineData(11, "SIGSEGV")]
    [InlineData(15, "SIGTERM")]
    public async Task Command_EndedByASignal_FailsWithIt(int signal, string name)
    {
        var outcome = await _harness.OutcomeOf(_harness.StartShell($"kill -{signal} $$"));

        Assert.Equal((JobEnd.Failed, Reasons.Signal, signal), (outcome.End, outcome.Reason, outcome.Signal));
        Assert.Equal($"ended by signal {signal} ({name})", outcome.Error);
        Assert.Null(outcome.ExitCode);
    }

    [Fact]
    public async Task Command_ThatWritesIntoAClosedPipe_GetsTheDefaultSignal()
    {
        // With SIGPIPE ignored, as the runtime has it, yes would report an error instead.
        var outcome = await _harness.OutcomeOf(_harness.StartShell("{ yes; echo $? >&2; } | head -n 1"));

        Assert.Equal("141\n", RunnerHarness.Text(outcome.Output.Errors));
    }

    [Theory]
    [InlineData("no-such-command-here", "command not found: no-such-command-here", 127)]
    [InlineData("./no-such-file", "command not found: ./no-such-file", 127)]
    [InlineData("/etc/passwd", "permission denied: /etc/passwd", 126)]
    [InlineData("/etc/passwd/x", "command not found: /etc/passwd/x", 127)]
    [InlineData("/tmp", "not a program but a directory: /tmp", 126)]
    [InlineData("", "the command is empty", null)]
    public async Task Command_ThatCannotBeStarted_SaysWhyAndHasTheExitCodeOfShells(string command, string error, int? exitCode)
    {
        var outcome = await _harness.OutcomeOf(_harness.Start(command));

        Assert.Equal((JobEnd.Failed, Reasons.CannotStart), (outcome.End, outcome.Reason));
        Assert.Equal((error, exitCode), (outcome.Error, outcome.ExitCode));
    }

    [Theory]
    [InlineData("/no/such/directory", "working directory does not exist: /no/such/directory")]
    [InlineData("/etc/passwd", "working directory is not a directory: /etc/passwd")]
    public async Task WorkingDirectory_ThatCannotBeUsed_SaysWhy(string directory, string error)
    {
        var id = _harness.Start(new CommandDefinition { Command = ["true"], WorkingDirectory = directory });

        var outcome = await _harness.OutcomeOf(id);

        Assert.Equal((JobEnd.Failed, Reasons.CannotStart, error), (outcome.End, outcome.Reason, outcome.Error));
        Assert.Null(outcome.ExitCode);
    }

    [Theory]
    [InlineData("", "the definition of the command cannot be read: ")]
    [InlineData("not json", "the definition of the command cannot be read: ")]
    [InlineData("null", "the command is empty")]
    [InlineData("{}", "the command is empty")]
    [InlineData("""{"command":[]}""", "the command is empty")]
    [InlineData("""{"command":null}""", "the command is empty")]
    [InlineData("""{"command":["a",null]}""", "the command has an argument that is null")]
    [InlineData("""{"command":["a\u0000b"]}""", "the command has an argument that is null or contains a zero character")]
    [InlineData("""{"command":["true"],"env":{"A=B":"c"}}""", "the environment has a variable named 'A=B'")]
    [InlineData("""{"command":["true"],"env":{"A":null}}""", "the environment variable A is null")]
    [InlineData("""{"command":["true"],"workingDirectory":"\u0000"}""", "the working directory contains a zero character")]
    public async Task Definition_ThatIsWrong_SaysWhy(string definition, string error)
    {
        var outcome = await _harness.OutcomeOf(_harness.Start(new JobContent(Encoding.UTF8.GetBytes(definition), default)));

        Assert.Equal((JobEnd.Failed, Reasons.CannotStart), (outcome.End, outcome.Reason));
        Assert.StartsWith(error, outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Script_WithoutAnInterpreter_SaysWhatIsWrong()
    {
        var script = await _harness.WriteExecutable("missing-interpreter", "#!/no/such/interpreter\n");
        var text = await _harness.WriteExecutable("no-interpreter", "echo hello\n");

        var missing = await _harness.OutcomeOf(_harness.Start(script));
        var none = await _harness.OutcomeOf(_harness.Start(text));

        Assert.Equal(($"cannot start {script}: the interpreter that it names does not exist", 127), (missing.Error, missing.ExitCode));
        Assert.Equal(
            ($"cannot start {text}: it is neither a program for this machine nor a script with a #! line", 126),
            (none.Error, none.ExitCode)
        );
    }

    [Fact]
    public async Task Arguments_ThatAreTooLong_SayIt()
    {
        var outcome = await _harness.OutcomeOf(_harness.Start("true", new string('x', 4 * 1024 * 1024)));

        Assert.Equal(
            (Reasons.CannotStart, "cannot start true: the arguments and the environment are too long for the system", 126),
            (outcome.Reason, outcome.Error, outcome.ExitCode)
        );
    }

    [Fact]
    public async Task QuickJobs_ManyAtOnce_AllEndOnce()
    {
        var ids = new JobId[200];
        Parallel.For(0, ids.Length, index => ids[index] = _harness.Start("sh", "-c", $"exit {index % 3}"));

        var ends = await Task.WhenAll(ids.Select(_harness.OutcomeOf));

        Assert.Equal(Enumerable.Range(0, ids.Length).Select(index => (int?)(index % 3)), ends.Select(end => end.ExitCode));
        Assert.Equal(0, _harness.SecondEnds);
    }

    [Fact]
    public async Task Start_OfTheSameAttemptTwice_RunsItOnce()
    {
        var content = new JobContent(new CommandDefinition { Command = ["sh", "-c", "cat"] }.ToUtf8(), new byte[] { 65 });
        var id = _harness.Start(content);
        _harness.Runner.Start(id, new Attempt(1), content);

        var outcome = await _harness.OutcomeOf(id);
        await _harness.OutcomeOf(_harness.Start("true"));

        Assert.Equal("A", RunnerHarness.Text(outcome.Output.Result));
        Assert.Equal(0, _harness.SecondEnds);
    }
}
