using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Rondo.Executor.Hosting;

namespace Rondo.Executor.Tests.Whole;

/// <summary>How an executor begins and ends.</summary>
public sealed class StartAndStopTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("rondo-test-").FullName;

    private ExecutorOptions Options =>
        new()
        {
            DataDirectory = _directory,
            Listen = "127.0.0.1:0",
            Ring = "127.0.0.1:0",
            LogLevel = LogLevel.None,
        };

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Restart_OnTheSameData_GoesOnWithTheJobsAndTheIdentity()
    {
        await using var ring = await TestRing.StartAsync(1, slots: 1);
        var finished = await ring[0].SubmitAsync("echo", "kept");
        await ring[0].FinalAsync(finished);
        var gate = Path.Combine(ring[0].Options.DataDirectory, "gate");
        var running = await ring[0].SubmitAsync("sh", "-c", $"[ -e {gate} ] || sleep 60; echo again");
        await ring[0].UntilStateAsync(running, "running");
        var waiting = await ring[0].SubmitAsync("echo", "later");
        var id = ring[0].Host.Id;
        await ring[0].StopAsync();
        await File.WriteAllTextAsync(gate, "", TestContext.Current.CancellationToken);

        await ring[0].StartAsync();

        Assert.Equal(id, ring[0].Host.Id);
        Assert.Equal(2, ring[0].Host.Incarnation.Value);
        Assert.Equal("kept\n", await ring[0].TextAsync($"/v1/jobs/{finished}/result"));
        var interrupted = await ring[0].FinalAsync(running);
        Assert.Equal("succeeded", (string)interrupted["state"]!);
        Assert.Equal(2, (int)interrupted["attempt"]!);
        Assert.Equal(0, (int)interrupted["crashes"]!);
        Assert.Equal("succeeded", (string)(await ring[0].FinalAsync(waiting))["state"]!);
    }

    [Fact]
    public async Task Stop_WithGrace_LetsRunningJobsEndAndTellsWhoWaitsForThem()
    {
        await using var ring = await TestRing.StartAsync(1, options: options => options with { StopGrace = TimeSpan.FromMinutes(1) });
        var gate = Path.Combine(ring[0].Options.DataDirectory, "gate");
        var id = await ring[0].SubmitAsync("sh", "-c", $"until [ -e {gate} ]; do sleep 0.02; done");
        await ring[0].UntilStateAsync(id, "running");
        var waiting = ring[0].FinalAsync(id);

        var stopped = ring[0].Host.StopAsync(CancellationToken.None);
        await TestRing.UntilAsync(async () =>
        {
            using var response = await ring[0].Client.GetAsync("/health/ready", TestContext.Current.CancellationToken);
            return response.StatusCode == HttpStatusCode.ServiceUnavailable;
        });
        await ring[0].PostAsync("/v1/jobs", """{"command":["true"]}""", HttpStatusCode.ServiceUnavailable);
        await File.WriteAllTextAsync(gate, "", TestContext.Current.CancellationToken);

        Assert.Equal("succeeded", (string)(await waiting)["state"]!);
        await stopped;
    }

    [Fact]
    public async Task Start_WithSeveralWrongOptions_SaysAllOfThem()
    {
        var error = await Assert.ThrowsAsync<StartupException>(() => ExecutorHost.StartAsync(Options with { Slots = 0, Listen = "here" }));

        Assert.Contains("Slots is '0'", error.Message, StringComparison.Ordinal);
        Assert.Contains("Listen is 'here'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Listen")]
    [InlineData("Ring")]
    public async Task Start_OnATakenPort_SaysWhichAndWhatToDo(string name)
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var taken = other.LocalEndpoint.ToString()!;
        var options = name == "Ring" ? Options with { Ring = taken } : Options with { Listen = taken };

        var error = await Assert.ThrowsAsync<StartupException>(() => ExecutorHost.StartAsync(options));

        Assert.StartsWith($"{name} '{taken}' is taken by another program", error.Message, StringComparison.Ordinal);
        await (await ExecutorHost.StartAsync(Options)).DisposeAsync();
    }

    [Fact]
    public async Task Start_OnADirectoryInUse_IsRefused()
    {
        await using var first = await ExecutorHost.StartAsync(Options);

        var error = await Assert.ThrowsAsync<StartupException>(() => ExecutorHost.StartAsync(Options));

        Assert.Contains(_directory, error.Message, StringComparison.Ordinal);
    }
}
