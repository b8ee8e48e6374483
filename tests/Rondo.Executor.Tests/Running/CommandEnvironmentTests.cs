using System.Globalization;
using Rondo.Core;
using Rondo.Executor.Running;

namespace Rondo.Executor.Tests.Running;

[Collection(RunnerHarness.Processes)]
public sealed class CommandEnvironmentTests : IDisposable
{
    private readonly RunnerHarness _harness = new();

    public void Dispose() => _harness.Dispose();

    [Fact]
    public async Task Environment_OfAJob_HasOursItsOwnAndWhichJobItIs()
    {
        var id = new JobId(RunnerHarness.Executor, 7000);
        var definition = new CommandDefinition
        {
            Command = ["sh", "-c", "echo \"$GREETING|$HOME|$RONDO_JOB_ID|$RONDO_ATTEMPT|$RONDO_EXECUTOR\""],
            Environment = new Dictionary<string, string>
            {
                ["GREETING"] = "grüß = dich",
                ["HOME"] = "/elsewhere",
                ["RONDO_JOB_ID"] = "mine",
            },
        };
        _harness.Runner.Start(id, new Attempt(3), new JobContent(definition.ToUtf8(), default));

        var outcome = await _harness.OutcomeOf(id);

        Assert.Equal("grüß = dich|/elsewhere|k7q2-7000|3|k7q2\n", RunnerHarness.Text(outcome.Output.Result));
    }

    [Fact]
    public async Task Environment_OfTheExecutor_IsInherited()
    {
        var outcome = await _harness.OutcomeOf(_harness.StartShell("echo \"$PATH\""));

        Assert.Equal(Environment.GetEnvironmentVariable("PATH") + "\n", RunnerHarness.Text(outcome.Output.Result));
    }

    [Fact]
    public async Task WorkingDirectory_ThatIsGiven_IsWhereTheCommandStarts()
    {
        var outcome = await _harness.OutcomeOf(
            _harness.Start(new CommandDefinition { Command = ["pwd", "-P"], WorkingDirectory = _harness.DataDirectory })
        );

        Assert.Equal(_harness.DataDirectory + "\n", RunnerHarness.Text(outcome.Output.Result));
    }

    [Theory]
    [InlineData("./tool", "/usr/bin:/bin")]
    [InlineData("tools/tool", "/usr/bin:/bin")]
    [InlineData("tool", "tools:/usr/bin:/bin")]
    [InlineData("tool", ":/usr/bin:/bin")]
    public async Task Program_GivenRelatively_IsTakenFromTheWorkingDirectoryAndTheJobsPath(string command, string path)
    {
        await _harness.WriteExecutable("tool", "#!/bin/sh\necho found\n");
        await _harness.WriteExecutable("tools/tool", "#!/bin/sh\necho found\n");

        var outcome = await _harness.OutcomeOf(
            _harness.Start(
                new CommandDefinition
                {
                    Command = [command],
                    WorkingDirectory = _harness.DataDirectory,
                    Environment = new Dictionary<string, string> { ["PATH"] = path },
                }
            )
        );

        Assert.Equal("found\n", RunnerHarness.Text(outcome.Output.Result));
    }

    [Fact]
    public async Task Process_OfAJob_LeadsItsOwnGroupAndHasOnlyTheStandardDescriptors()
    {
        // ls itself opens the directory that it lists: as the lowest free number.
        var outcome = await _harness.OutcomeOf(_harness.StartShell("cut -d' ' -f1,5 /proc/$$/stat; exec ls /proc/self/fd"));

        var lines = RunnerHarness.Text(outcome.Output.Result).TrimEnd().Split('\n');
        var numbers = lines[0].Split(' ');
        Assert.All(numbers, number => Assert.Equal(numbers[0], number));
        Assert.Equal(["0", "1", "2", "3"], lines[1..]);
    }

    [Fact]
    public async Task Signals_OfAJob_AreAtTheirDefaultsAndNotBlocked()
    {
        var outcome = await _harness.OutcomeOf(_harness.Start("grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"));

        // 32 and 33 are the C library's own; it always starts programs with these two ignored.
        const ulong OfTheLibrary = 0x1_8000_0000;
        var sets = RunnerHarness.Text(outcome.Output.Result).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, sets.Length);
        Assert.All(
            sets,
            set => Assert.Equal(0ul, ulong.Parse(set.Split('\t')[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture) & ~OfTheLibrary)
        );
    }
}
