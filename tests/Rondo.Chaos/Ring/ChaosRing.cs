using System.Diagnostics;
using Rondo.Chaos.Checks;
using Rondo.Chaos.Clients;
using Rondo.Chaos.Disk;

namespace Rondo.Chaos.Ring;

/// <summary>All that is broken in one run: the network, the relay, and the executors with their disks.</summary>
internal sealed class ChaosRing : IDisposable
{
    private const long SmallDiskBytes = 512 << 20;

    private ChaosRing(Network network, Relay relay, IReadOnlyList<ChaosExecutor> executors) =>
        (Network, Relay, Executors) = (network, relay, executors);

    public Network Network { get; }

    /// <summary>In front of the ring address of the last executor.</summary>
    public Relay Relay { get; }

    public IReadOnlyList<ChaosExecutor> Executors { get; }

    /// <summary>The executors that others have, by their ids.</summary>
    public ChaosExecutor? ById(string id) => Executors.FirstOrDefault(executor => executor.Id == id);

    public static ChaosRing Make(ChaosOptions options, string folder, Violations violations)
    {
        var library = Path.Combine(folder, "faults.so");
        Shim.Compile("faults.c", library, "-shared", "-fPIC", "-ldl", "-lpthread");
        var network = new Network(options.Executors);
        var last = options.Executors - 1;
        var relay = new Relay(Network.Hub, $"{Network.Address(last)}:{ChaosExecutor.RingPort}");
        var executors = new List<ChaosExecutor>();
        for (var i = 0; i < options.Executors; i++)
        {
            var words = new List<string> { "--slots", "4" };
            words.AddRange(i > 0 ? ["--join", $"{Network.Address(0)}:{ChaosExecutor.RingPort}"] : []);
            words.AddRange(i == last ? ["--advertise-ring", relay.Address] : []);
            executors.Add(
                new ChaosExecutor(i, folder, library, i % 2 == 0 ? SmallDiskBytes : null, words)
                {
                    Rondo = options.Previous ?? options.Rondo,
                    IsPrevious = options.Previous is not null,
                    Failed = what => violations.Add(Broken.Executor, what),
                }
            );
        }

        return new ChaosRing(network, relay, executors);
    }

    public async Task StartAsync()
    {
        foreach (var executor in Executors)
        {
            if (await executor.StartAsync() is null)
            {
                throw new InvalidOperationException($"e{executor.Index} does not start: {executor.LastLines()}");
            }
        }
    }

    /// <summary>Waits until every executor takes all others for alive, and has seen the same token.</summary>
    /// <returns>How long it took; null when it did not come to that.</returns>
    public async Task<TimeSpan?> WholeAsync(TimeSpan limit)
    {
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < limit)
        {
            var seen = await Task.WhenAll(Executors.Select(SeenAsync));
            if (seen.All(generation => generation is not null) && seen.Distinct().Count() == 1)
            {
                return clock.Elapsed;
            }

            await Task.Delay(5);
        }

        return null;
    }

    public void Dispose()
    {
        foreach (var executor in Executors)
        {
            executor.Dispose();
        }

        Relay.Dispose();
    }

    /// <summary>The token's generation as an executor saw it; null when it misses anyone.</summary>
    private async Task<string?> SeenAsync(ChaosExecutor executor)
    {
        if (await Api.GetAsync(executor.Url, "/v1/ring", TimeSpan.FromSeconds(2)) is not { IsGood: true } reply)
        {
            return null;
        }

        var members = reply.Json.GetProperty("executors").EnumerateArray().ToArray();
        return members.Length == Executors.Count && members.All(member => member.GetProperty("state").GetString() == "alive")
            ? reply.Json.GetProperty("token").GetProperty("generation").GetString()
            : null;
    }
}
