using System.Globalization;
using Rondo.Core;

namespace Rondo.Executor.Tests.Running;

[Collection(RunnerHarness.Processes)]
public sealed class CommandStopTests : IDisposable
{
    private readonly RunnerHarness _harness = new(options =>
        options with
        {
            StopGrace = TimeSpan.FromMilliseconds(300),
            EscapedOutputLimit = TimeSpan.FromMilliseconds(300),
        }
    );

    public void Dispose() => _harness.Dispose();

    [Fact]
    public async Task Stop_OfACommandThatHeedsIt_EndsByTheSignal()
    {
        var id = _harness.StartShell("echo ready; sleep 1000");
        await _harness.UntilItWrote(id, "ready");

        _harness.Stop(id);
        var end = await _harness.EndOf(id);

        Assert.Equal((Reasons.Signal, 15), (end.Outcome.Reason, end.Outcome.Signal));
        Assert.False(end.Interrupted);
    }

    [Fact]
    public async Task Stop_OfAGroupThatIgnoresIt_KillsAllOfIt()
    {
        var id = _harness.StartShell(
            """
            trap '' TERM
            sleep 1000 & echo $!
            sh -c 'sleep 1000 & echo $!; wait' &
            echo $$; sleep 0.1; echo ready; wait
            """
        );
        await _harness.UntilItWrote(id, "ready");

        _harness.Stop(id);
        var outcome = await _harness.OutcomeOf(id);

        Assert.Equal(9, outcome.Signal);
        var pids = PidsIn(outcome);
        Assert.Equal(3, pids.Length);
        await UntilGone(pids);
    }

    [Fact]
    public async Task Stop_OfAStoppedProcess_EndsIt()
    {
        using var harness = new RunnerHarness(options => options with { StopGrace = TimeSpan.FromMinutes(5) });
        var id = harness.StartShell("echo ready; kill -STOP $$");
        await harness.UntilItWrote(id, "ready");

        harness.Stop(id);

        Assert.Equal(15, (await harness.OutcomeOf(id)).Signal);
    }

    [Fact]
    public async Task Stop_WithAProgramThatTidiesUpUnderAShell_LetsItFinish()
    {
        using var harness = new RunnerHarness(options => options with { StopGrace = TimeSpan.FromMinutes(5) });
        var id = harness.StartShell(
            """
            sh -c 'trap "sleep 0.2; echo tidy; exit" TERM; echo ready; while :; do sleep 0.01; done' &
            wait
            """
        );
        await harness.UntilItWrote(id, "ready");

        harness.Stop(id);

        Assert.EndsWith("tidy\n", RunnerHarness.Text((await harness.OutcomeOf(id)).Output.Result), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_WithNoGrace_KillsAtOnce()
    {
        using var harness = new RunnerHarness(options => options with { StopGrace = TimeSpan.Zero });
        var id = harness.StartShell("trap '' TERM; echo ready; sleep 1000");
        await harness.UntilItWrote(id, "ready");

        harness.Stop(id);

        Assert.Equal(9, (await harness.OutcomeOf(id)).Signal);
    }

    [Fact]
    public async Task Stop_OfAnotherAttemptOrAnEndedJob_DoesNothing()
    {
        var id = _harness.StartShell("echo ready; read line; echo done", input: null);
        _harness.Runner.Stop(id, new Attempt(2));

        Assert.Equal("ready\ndone\n", RunnerHarness.Text((await _harness.OutcomeOf(id)).Output.Result));
        _harness.Stop(id);
        Assert.Equal(JobEnd.Succeeded, (await _harness.OutcomeOf(_harness.Start("true"))).End);
    }

    [Fact]
    public async Task BackgroundProcess_LeftByAnEndedCommand_IsKilledAndHoldsNothingUp()
    {
        using var harness = new RunnerHarness(options => options with { EscapedOutputLimit = TimeSpan.FromMinutes(5) });

        var outcome = await harness.OutcomeOf(harness.StartShell("sleep 1000 & echo $!"));

        Assert.Equal(JobEnd.Succeeded, outcome.End);
        await UntilGone(PidsIn(outcome));
    }

    [Fact]
    public async Task EscapedProcess_ThatHoldsTheOutput_IsWaitedForOnlyForAWhile()
    {
        var id = _harness.StartShell("setsid sh -c 'echo $$; echo escaped; exec sleep 1000' & while :; do sleep 0.01; done");
        await _harness.UntilItWrote(id, "escaped");
        _harness.Stop(id);

        var outcome = await _harness.OutcomeOf(id);
        var pid = PidsIn(outcome);
        Assert.True(ProcessTable.IsAlive(pid[0]));

        _harness.Runner.Dispose();
        await UntilGone(pid);
    }

    [Fact]
    public async Task ShutDown_WithinItsLimit_LetsJobsFinishAndTakesNoMore()
    {
        var go = Path.Combine(_harness.DataDirectory, "go");
        var id = _harness.StartShell($"echo ready; until [ -e {go} ]; do sleep 0.01; done");
        await _harness.UntilItWrote(id, "ready");

        var shutDown = _harness.Runner.ShutDownAsync(TimeSpan.FromMinutes(5));
        var late = await _harness.EndOf(_harness.Start("true"));
        Assert.False(shutDown.IsCompleted);
        await File.WriteAllTextAsync(go, "", TestContext.Current.CancellationToken);
        await shutDown.WaitAsync(RunnerHarness.Limit, TestContext.Current.CancellationToken);

        Assert.True(late.Interrupted);
        Assert.True(_harness.HasEnded(id));
        var end = await _harness.EndOf(id);
        Assert.Equal((JobEnd.Succeeded, false), (end.Outcome.End, end.Interrupted));
    }

    [Fact]
    public async Task ShutDown_BeyondItsLimit_StopsJobsAsInterrupted()
    {
        var stubborn = _harness.StartShell("trap '' TERM; echo ready; while :; do sleep 0.01; done");
        await _harness.UntilItWrote(stubborn, "ready");

        await _harness.Runner.ShutDownAsync(TimeSpan.Zero).WaitAsync(RunnerHarness.Limit, TestContext.Current.CancellationToken);

        Assert.True(_harness.HasEnded(stubborn));
        var end = await _harness.EndOf(stubborn);
        Assert.Equal((9, true), (end.Outcome.Signal, end.Interrupted));
    }

    [Fact]
    public async Task Dispose_WithJobsThatRun_KillsAndReportsThem()
    {
        var id = _harness.StartShell("trap '' TERM; echo $$; sleep 1000");
        await _harness.UntilItWrote(id, "\n");

        _harness.Runner.Dispose();

        Assert.True(_harness.HasEnded(id));
        var end = await _harness.EndOf(id);
        Assert.True(end.Interrupted);
        await UntilGone(PidsIn(end.Outcome));
        Assert.True((await _harness.EndOf(_harness.Start("true"))).Interrupted);
    }

    private static int[] PidsIn(Outcome outcome) =>
        [
            .. RunnerHarness
                .Text(outcome.Output.Result)
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Where(line => line.All(char.IsAsciiDigit))
                .Select(line => int.Parse(line, CultureInfo.InvariantCulture)),
        ];

    private static Task UntilGone(int[] pids) =>
        RunnerHarness.Until(() => !pids.Any(ProcessTable.IsAlive), $"the processes {string.Join(", ", pids)} are gone");
}
