using System.Diagnostics;

namespace Rondo.Cluster.Tests;

/// <summary>Some executors as processes on loopback, with their data in a folder that goes away with the ring.</summary>
internal sealed class RealRing : IDisposable
{
    /// <summary>The tests that move hundreds of megabytes, one after the other.</summary>
    public const string ManyBytes = "many bytes";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rondo-cluster-");

    public List<ExecutorProcess> Executors { get; } = [];

    public ExecutorProcess this[int index] => Executors[index];

    public string Folder => _folder.FullName;

    /// <summary>Starts a ring and waits until each executor sees all the others alive.</summary>
    public static async Task<RealRing> OfAsync(int executors, int slots = 2)
    {
        var ring = new RealRing();
        for (var i = 0; i < executors; i++)
        {
            await ring.AddAsync("--slots", $"{slots}");
        }

        await ring.WholeAsync();
        return ring;
    }

    public async Task<ExecutorProcess> AddAsync(params string[] options)
    {
        string[] join = Executors.Count == 0 ? [] : ["--join", $"127.0.0.1:{Executors[^1].RingPort}"];
        var executor = New([.. join, .. options]);
        Assert.True(await executor.StartAsync() is not null, executor.Errors);
        return executor;
    }

    /// <summary>An executor that is not started yet.</summary>
    public ExecutorProcess New(params string[] options)
    {
        var executor = new ExecutorProcess(
            Path.Combine(Folder, $"{Executors.Count}"),
            ExecutorProcess.FreePort(),
            ExecutorProcess.FreePort(),
            options
        );
        Executors.Add(executor);
        return executor;
    }

    public async Task WholeAsync()
    {
        var seen = new string[Executors.Count];
        await UntilAsync(
            async () =>
            {
                var whole = true;
                for (var i = 0; i < seen.Length; i++)
                {
                    var ring = await Executors[i].JsonAsync("/v1/ring");
                    seen[i] = ring.ToJsonString();
                    var members = ring["executors"]!.AsArray();
                    whole &=
                        members.Count == Executors.Count
                        && members.All(member => (string?)member!["state"] == "alive" && (int?)member["slots"] > 0);
                }

                return whole;
            },
            () =>
                $"the ring is whole; seen last:\n{string.Join('\n', seen)}\n{string.Join('\n', Executors.Select(executor => executor.Errors))}"
        );
    }

    public static Task UntilAsync(Func<Task<bool>> condition, string what, int seconds = 60) => UntilAsync(condition, () => what, seconds);

    public static async Task UntilAsync(Func<Task<bool>> condition, Func<string> what, int seconds = 60)
    {
        var clock = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(seconds), $"Not within {seconds} s: {what()}.");
            await Task.Delay(10);
        }
    }

    public void Dispose()
    {
        foreach (var executor in Executors)
        {
            executor.Dispose();
        }

        _folder.Delete(recursive: true);
    }
}
