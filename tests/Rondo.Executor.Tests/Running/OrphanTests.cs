using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Rondo.Core;
using Rondo.Executor.Running;

namespace Rondo.Executor.Tests.Running;

/// <summary>No process of a job outlives an executor that is killed.</summary>
[Collection(RunnerHarness.Processes)]
public sealed partial class OrphanTests : IDisposable
{
    private const string Watcher = "rondo-orphan-watcher";
    private readonly string _directory = Directory.CreateTempSubdirectory("rondo-orphans-").FullName;
    private readonly List<Process> _hosts = [];

    public void Dispose()
    {
        foreach (var host in _hosts)
        {
            host.Kill();
            host.Dispose();
        }

        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Executor_Killed_LeavesNoProcessOfItsJobs()
    {
        var (host, pids) = await StartHost();

        host.Kill();

        await UntilGone(pids);
    }

    [Fact]
    public async Task Executor_KilledWhileItStartsJobs_LeavesNone()
    {
        const int Jobs = 100;
        var unmistakable = $"1000.{Random.Shared.NextInt64(long.MaxValue):D19}";
        var host = await Launch([.. Enumerable.Repeat($"setsid sleep {unmistakable} & exec sleep {unmistakable}", Jobs)]);
        var watcher = Assert.Single(ProcessTable.ChildrenOf(host.Id, Watcher));
        await RunnerHarness.Until(() => ProcessTable.With(unmistakable).Count > 0, "the first job runs");

        host.Kill();
        await UntilGone([watcher]);

        Assert.Empty(ProcessTable.With(unmistakable));
    }

    [Fact]
    public async Task Watcher_Killed_IsReplacedByOneThatKnowsTheJobs()
    {
        var (host, pids) = await StartHost();
        var first = Assert.Single(ProcessTable.ChildrenOf(host.Id, Watcher));

        Kill(first);
        await RunnerHarness.Until(
            () => ProcessTable.ChildrenOf(host.Id, Watcher) is [var next] && next != first && ProcessTable.IsAlive(next),
            "there is another watcher"
        );
        host.Kill();

        await UntilGone(pids);
    }

    [Fact]
    public async Task ExecutorAndWatcher_BothKilled_AreSweptUpAfterAtTheNextStart()
    {
        var (host, pids) = await StartHost(withoutEnvironment: false);
        var watcher = Assert.Single(ProcessTable.ChildrenOf(host.Id, Watcher));

        // Stopped first, so that it cannot act in between.
        Assert.Equal(0, Signal(watcher, Stop));
        host.Kill();
        await host.WaitForExitAsync(TestContext.Current.CancellationToken);
        Kill(watcher);
        Assert.All(pids, pid => Assert.True(ProcessTable.IsAlive(pid)));

        using var next = new CommandRunner(OptionsOf(_directory), _ => { });
        Assert.All(pids, pid => Assert.False(ProcessTable.IsAlive(pid)));
    }

    [Fact]
    public async Task NextStart_FromAnotherDirectory_LeavesTheJobsAlone()
    {
        var (_, pids) = await StartHost();
        var other = Directory.CreateDirectory(Path.Combine(_directory, "other")).FullName;
        File.Copy(Path.Combine(_directory, "run-mark"), Path.Combine(other, "run-mark"));

        using var next = new CommandRunner(OptionsOf(other), _ => { });

        Assert.All(pids, pid => Assert.True(ProcessTable.IsAlive(pid)));
    }

    /// <summary>Starts an executor whose jobs hide their processes in all ways, and waits until they run.</summary>
    private async Task<(Process Host, int[] Pids)> StartHost(bool withoutEnvironment = true)
    {
        string Sleeper(string name) =>
            $"echo $$ > {_directory}/{name}.new; mv {_directory}/{name}.new {_directory}/{name}.pid; exec sleep 1000";
        List<string> scripts =
        [
            Sleeper("plain"),
            $"sh -c '{Sleeper("child")}' & wait",
            $"setsid sh -c '{Sleeper("session")}' & wait",
            $"(setsid sh -c '({Sleeper("daemon").Replace("$$", "$(exec sh -c \"echo \\$PPID\")", StringComparison.Ordinal)}) &' >/dev/null 2>&1 &); sleep 1000",
        ];
        if (withoutEnvironment)
        {
            // First: once a later job runs, this one is registered. It hides its environment, so that nothing else tells that it is ours.
            scripts.Insert(
                0,
                $"exec env -i /bin/sh -c '{Sleeper("bare").Replace("mv", "/bin/mv", StringComparison.Ordinal).Replace("sleep", "/bin/sleep", StringComparison.Ordinal)}'"
            );
        }

        var host = await Launch([.. scripts]);
        await RunnerHarness.Until(() => Directory.GetFiles(_directory, "*.pid").Length == scripts.Count, "all processes have started");
        int[] pids =
        [
            .. Directory.GetFiles(_directory, "*.pid").Select(file => int.Parse(File.ReadAllText(file), CultureInfo.InvariantCulture)),
        ];
        Assert.All(pids, pid => Assert.True(ProcessTable.IsAlive(pid)));
        return (host, pids);
    }

    private async Task<Process> Launch(string[] scripts)
    {
        var host = Process.Start(
            new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "Rondo.Executor.CrashHost"), [_directory, .. scripts])
            {
                RedirectStandardOutput = true,
                UseShellExecute = false,
            }
        )!;
        _hosts.Add(host);
        Assert.Equal(
            "ready",
            await host.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(RunnerHarness.Limit)
        );
        return host;
    }

    private static CommandRunnerOptions OptionsOf(string directory) =>
        new() { Executor = ExecutorId.Parse("crash"), DataDirectory = directory };

    private static Task UntilGone(int[] pids) =>
        RunnerHarness.Until(() => !pids.Any(ProcessTable.IsAlive), $"the processes {string.Join(", ", pids)} are gone");

    private const int Stop = 19;

    private static void Kill(int pid) => Assert.Equal(0, Signal(pid, 9));

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Signal(int pid, int signal);
}
