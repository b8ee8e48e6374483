using Rondo.Client;

namespace Rondo.Cluster.Tests;

/// <summary>What a .NET client promises while executors are killed under it.</summary>
public sealed class ClientTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Submissions_WhileExecutorsAreKilledOneAfterTheOther_AreNeitherLostNorDoubled()
    {
        using var ring = await RealRing.OfAsync(3);
        using var client = ClientOf(ring);

        // Several callers, so that submissions are on their way whenever an executor goes.
        var ids = new List<string>();
        var submitted = 0;
        var stop = false;
        var callers = Enumerable
            .Range(0, 4)
            .Select(_ =>
                Task.Run(
                    async () =>
                    {
                        while (!Volatile.Read(ref stop))
                        {
                            var id = await client.SubmitAsync(new JobRequest { Command = ["true"], Group = "g" }, Cancellation);
                            lock (ids)
                            {
                                ids.Add(id);
                            }

                            Interlocked.Increment(ref submitted);
                        }
                    },
                    Cancellation
                )
            )
            .ToArray();
        foreach (var victim in new[] { 0, 1, 2, 0 })
        {
            await MoreAsync(20);
            ring[victim].Kill();

            // What was on its way to the dead one waits for it: only that one knows. Whatever comes now goes to the others.
            var id = await client.SubmitAsync(new JobRequest { Command = ["true"], Group = "g" }, Cancellation);
            Assert.NotEqual(ring[victim].Id, id.Split('-')[0]);
            lock (ids)
            {
                ids.Add(id);
            }

            Assert.NotNull(await ring[victim].StartAsync());
        }

        Volatile.Write(ref stop, true);
        await Task.WhenAll(callers).WaitAsync(Limit, Cancellation);
        await ring.WholeAsync();

        foreach (var id in ids)
        {
            Assert.Equal(JobState.Succeeded, (await client.WaitAsync(id, Limit, Cancellation)).State);
        }

        var listed = new List<string>();
        await foreach (var job in client.ListAsync(new JobQuery { Group = "g" }, Cancellation))
        {
            listed.Add(job.Id);
        }

        Assert.Equal(ids.Order(), listed.Order());

        async Task MoreAsync(int count)
        {
            var goal = Volatile.Read(ref submitted) + count;
            await RealRing.UntilAsync(
                async () =>
                {
                    await Task.Delay(10, Cancellation);
                    return Volatile.Read(ref submitted) >= goal || callers.Any(caller => caller.IsFaulted);
                },
                "more submissions"
            );
        }
    }

    [Fact]
    public async Task SubmitMany_WhileExecutorsAreKilledInTheMiddleOfBatches_LosesAndDoublesNone()
    {
        using var ring = await RealRing.OfAsync(3);
        using var client = ClientOf(ring);
        var ids = new List<string>();
        for (var victim = 0; victim < 3; victim++)
        {
            var killed = Task.CompletedTask;
            await foreach (var outcome in client.SubmitManyAsync(JobsAsync(), Cancellation))
            {
                ids.Add(outcome.Id ?? throw outcome.Problem!);

                // Some of a batch have their ids, and others do not: whoever gave the first one dies.
                if (killed.IsCompleted && ids.Count % 4_000 == 1)
                {
                    var home = ring.Executors.Single(executor => executor.Id == outcome.Id.Split('-')[0]);
                    home.Kill();
                    killed = home.StartAsync();
                }
            }

            Assert.NotNull(await Assert.IsType<Task<string?>>(killed, exactMatch: false));
        }

        Assert.Equal(12_000, ids.Distinct().Count());
        await ring.WholeAsync();
        var listed = new List<string>();
        await foreach (var job in client.ListAsync(new JobQuery { Group = "many", PageSize = 500 }, Cancellation))
        {
            listed.Add(job.Id);
        }

        Assert.Equal(ids.Order(), listed.Order());

        static async IAsyncEnumerable<JobRequest> JobsAsync()
        {
            for (var i = 0; i < 4_000; i++)
            {
                await Task.Yield();
                yield return new JobRequest
                {
                    Command = ["true"],
                    Group = "many",
                    Delay = TimeSpan.FromHours(1),
                };
            }
        }
    }

    [Fact]
    public async Task Watch_OfAJobWhoseHomeIsKilled_GoesOnWhenItIsBack()
    {
        using var ring = await RealRing.OfAsync(2);
        using var home = new RondoClient($"127.0.0.1:{ring[0].HttpPort}");
        using var client = new RondoClient(
            new RondoClientOptions
            {
                Addresses = [$"127.0.0.1:{ring[0].HttpPort}", $"127.0.0.1:{ring[1].HttpPort}"],
                OutageTolerance = Limit,
            }
        );
        var gate = Path.Combine(ring.Folder, "gate");
        var id = await home.SubmitAsync(
            new JobRequest { Command = ["sh", "-c", $"until [ -e {gate} ]; do sleep 0.05; done; echo through"] },
            Cancellation
        );

        var states = new List<JobState>();
        await foreach (var job in client.WatchAsync(id, Cancellation))
        {
            states.Add(job.State);
            if (job.State == JobState.Running && !File.Exists(gate))
            {
                ring[0].Kill();
                Assert.NotNull(await ring[0].StartAsync());
                await File.WriteAllTextAsync(gate, "", Cancellation);
            }
        }

        Assert.Contains(JobState.Running, states);
        Assert.Equal(JobState.Succeeded, states[^1]);
        Assert.Equal("through\n"u8.ToArray(), await client.ResultBytesAsync(id, Limit, Cancellation));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Requests_WhileTheFirstExecutorIsStopped_AreAnsweredByTheNextAndNothingIsDoubled(bool safeRetries)
    {
        using var ring = await RealRing.OfAsync(2);
        using var caller = PatientClient();
        using var waiter = PatientClient();
        var gate = Path.Combine(ring.Folder, "gate");
        var before = await ring[1].SubmitAsync("sh", "-c", $"until [ -e {gate} ]; do sleep 0.05; done");
        var waiting = waiter.WaitAsync(before, timeout: null, Cancellation);

        ring[0].Pause();
        var id = await caller
            .SubmitAsync(new JobRequest { Command = ["true"], Name = "once" }, Cancellation)
            .WaitAsync(Limit, Cancellation);
        Assert.Equal(JobState.Succeeded, (await caller.WaitAsync(id, Limit, Cancellation)).State);
        await File.WriteAllTextAsync(gate, "", Cancellation);
        Assert.Equal(JobState.Succeeded, (await waiting.WaitAsync(Limit, Cancellation)).State);
        ring[0].Signal(PosixSignalNumber.Continue);

        await ring.WholeAsync();
        var page = await caller.ListPageAsync(new JobQuery { Name = "once" }, cursor: null, Cancellation);
        Assert.Equal([id], page.Jobs.Select(job => job.Id));

        // So patient that without the next executor no answer would come while the first one is stopped.
        RondoClient PatientClient() =>
            new(
                new RondoClientOptions
                {
                    Addresses = [$"127.0.0.1:{ring[0].HttpPort}", $"127.0.0.1:{ring[1].HttpPort}"],
                    ResponseTimeout = TimeSpan.FromHours(1),
                    SafeRetries = safeRetries,
                }
            );
    }

    [Fact]
    public async Task Streams_OfAnExecutorThatIsStopped_GoOnAtTheNextOrBreakOff()
    {
        using var ring = await RealRing.OfAsync(2);
        using var watcher = ImpatientClient(ring[0], ring[1]);
        using var reader = ImpatientClient(ring[0]);
        var gate = Path.Combine(ring.Folder, "gate");
        var id = await ring[1].SubmitAsync("sh", "-c", $"echo begun; until [ -e {gate} ]; do sleep 0.05; done");
        await using var logs = await reader.OpenLogsAsync(id, LogStream.Stdout, follow: true, Cancellation);
        await logs.ReadExactlyAsync(new byte["begun\n".Length], Cancellation);

        var states = new List<JobState>();
        await foreach (var job in watcher.WatchAsync(id, Cancellation))
        {
            states.Add(job.State);
            if (job.State == JobState.Running && !File.Exists(gate))
            {
                ring[0].Pause();
                await File.WriteAllTextAsync(gate, "", Cancellation);
            }
        }

        var silent = await Assert.ThrowsAsync<IOException>(async () => await logs.ReadExactlyAsync(new byte[1], Cancellation));
        ring[0].Signal(PosixSignalNumber.Continue);

        Assert.Equal(JobState.Succeeded, states[^1]);
        Assert.Contains($"127.0.0.1:{ring[0].HttpPort}", silent.Message);
    }

    private static RondoClient ImpatientClient(params ExecutorProcess[] executors) =>
        new(
            new RondoClientOptions
            {
                Addresses = [.. executors.Select(executor => $"127.0.0.1:{executor.HttpPort}")],
                ResponseTimeout = TimeSpan.FromSeconds(1),
                OutageTolerance = Limit,
            }
        );

    private static RondoClient ClientOf(RealRing ring) =>
        new(
            new RondoClientOptions
            {
                Addresses = [.. ring.Executors.Select(executor => $"127.0.0.1:{executor.HttpPort}")],
                OutageTolerance = Limit,
            }
        );
}
