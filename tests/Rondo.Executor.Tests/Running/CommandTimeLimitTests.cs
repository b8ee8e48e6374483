using Rondo.Core;
using Rondo.Executor.Running;

namespace Rondo.Executor.Tests.Running;

/// <summary>Commands that take longer than they may.</summary>
[Collection(RunnerHarness.Processes)]
public sealed class CommandTimeLimitTests : IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Never = TimeSpan.FromMinutes(10);

    private readonly RunnerHarness _harness = new(options => options with { StopGrace = Never });

    public void Dispose() => _harness.Dispose();

    [Fact]
    public async Task Command_BeyondItsTime_IsAskedToEndAndFailsAsTimeout()
    {
        var outcome = await _harness.OutcomeOf(Start("trap 'echo tidied; exit 0' TERM; echo ready; sleep 1000 & wait", Soon, Never));

        Assert.Equal((JobEnd.Failed, Reasons.Timeout), (outcome.End, outcome.Reason));
        Assert.Equal("it took longer than 200ms and was ended", outcome.Error);
        Assert.Equal("ready\ntidied\n", RunnerHarness.Text(outcome.Output.Result));
    }

    [Fact]
    public async Task Command_ThatDoesNotEndWhenAsked_IsKilledAfterItsGrace()
    {
        var outcome = await _harness.OutcomeOf(Start("trap '' TERM; while :; do sleep 0.1; done", Soon, Soon));

        Assert.Equal((Reasons.Timeout, 9), (outcome.Reason, outcome.Signal));
    }

    [Fact]
    public async Task Command_WithinItsTime_EndsAsItDoes()
    {
        var outcome = await _harness.OutcomeOf(Start("exit 3", Never, Never));

        Assert.Equal((Reasons.ExitCode, 3), (outcome.Reason, outcome.ExitCode));
    }

    [Fact]
    public async Task Command_WithAnIndex_SeesIt()
    {
        var id = new JobId(RunnerHarness.Executor, 900);
        var command = new CommandDefinition { Command = ["sh", "-c", "echo $RONDO_INDEX"] };
        _harness.Runner.Start(id, new Attempt(1), new JobContent(command.ToUtf8(), default), index: -7);

        Assert.Equal("-7\n", RunnerHarness.Text((await _harness.OutcomeOf(id)).Output.Result));
    }

    private JobId Start(string script, TimeSpan timeout, TimeSpan grace)
    {
        var id = new JobId(RunnerHarness.Executor, 901);
        var command = new CommandDefinition { Command = ["sh", "-c", script] };
        _harness.Runner.Start(id, new Attempt(1), new JobContent(command.ToUtf8(), default), timeLimit: new TimeLimit(timeout, grace));
        return id;
    }
}
