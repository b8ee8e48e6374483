using System.Net;
using System.Net.Sockets;

namespace Rondo.Cli;

/// <summary>The demo's executors and their folder. Whatever happens, none of them is left behind.</summary>
internal sealed class DemoStage : IAsyncDisposable
{
    private static readonly string[] Names =
    [
        "alpha",
        "bravo",
        "charlie",
        "delta",
        "echo",
        "foxtrot",
        "golf",
        "hotel",
        "india",
        "juliett",
        "kilo",
        "lima",
        "mike",
        "november",
        "oscar",
        "papa",
    ];

    private readonly bool _keep;

    public DemoStage(DemoPlan plan, string folder)
    {
        Folder = folder;
        _keep = plan.Keep;
        var ports = FreePorts(plan.Executors * 2);
        string[] ring = [.. ports.Take(plan.Executors).Select(port => $"127.0.0.1:{port}")];
        Executors =
        [
            .. Enumerable
                .Range(0, plan.Executors)
                .Select(i => new DemoExecutor(
                    Names[i],
                    Path.Combine(folder, Names[i]),
                    $"127.0.0.1:{ports[plan.Executors + i]}",
                    ring[i],
                    [.. ring.Where(each => each != ring[i])],
                    plan.Slots,
                    plan.MaxUnfinished
                )),
        ];
    }

    public string Folder { get; }

    public IReadOnlyList<DemoExecutor> Executors { get; }

    public static string CreateFolder() => Directory.CreateTempSubdirectory("rondo-demo-").FullName;

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(Executors.Select(executor => executor.DisposeAsync().AsTask()));
        if (!_keep)
        {
            Directory.Delete(Folder, recursive: true);
        }
    }

    /// <summary>All are held at the same time, so that none is given out twice.</summary>
    private static int[] FreePorts(int count)
    {
        List<TcpListener> listeners = [];
        try
        {
            for (var i = 0; i < count; i++)
            {
                var listener = new TcpListener(IPAddress.Loopback, 0);
                listeners.Add(listener);
                listener.Start();
            }

            return [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        }
        finally
        {
            listeners.ForEach(listener => listener.Dispose());
        }
    }
}
