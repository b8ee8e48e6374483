namespace Rondo.Cli;

/// <summary>The ring that is measured: one of the user's, or a temporary one of processes of this same program.</summary>
internal sealed class BenchRing : IAsyncDisposable
{
    private readonly DemoStage? _stage;

    private BenchRing(DemoStage? stage, IReadOnlyList<string> addresses) => (_stage, Addresses) = (stage, addresses);

    /// <summary>Where its executors answer.</summary>
    public IReadOnlyList<string> Addresses { get; }

    /// <summary>The numbers of the executors' processes; none of a ring of the user's.</summary>
    public IEnumerable<int> Pids => _stage is null ? [] : _stage.Executors.Select(executor => executor.Pid);

    /// <summary>A directory on the disk that the temporary executors write to; null for a ring of the user's.</summary>
    public string? Folder => _stage?.Folder;

    /// <summary>All executors of the ring that the addresses belong to.</summary>
    public static async Task<BenchRing> OfUserAsync(Session session)
    {
        var ring = await session.Client.RingAsync(session.Interrupted);
        return new BenchRing(null, [.. ring.Executors.Where(executor => executor.IsAlive).Select(executor => executor.Address!)]);
    }

    /// <summary>Starts a ring, and returns once all of it knows each other, and the token has visited all.</summary>
    /// <param name="folder">Where their data go for the time; null for the system's place for such things.</param>
    public static async Task<BenchRing> StartAsync(
        int executors,
        int slots,
        int? maxUnfinished,
        string? folder,
        CancellationToken cancellationToken
    )
    {
        var place = folder is null
            ? DemoStage.CreateFolder()
            : Directory.CreateDirectory(Path.Combine(folder, Path.GetRandomFileName())).FullName;
        var stage = new DemoStage(new DemoPlan(executors, 0, slots, Keep: false, maxUnfinished), place);
        var ring = new BenchRing(stage, [.. stage.Executors.Select(executor => executor.Address)]);
        try
        {
            await Task.WhenAll(stage.Executors.Select(executor => executor.StartAsync(cancellationToken)));
            foreach (var address in ring.Addresses)
            {
                using var client = new Client.RondoClient(address);
                while (
                    (await client.RingAsync(cancellationToken)).Executors.Count(executor => executor is { IsAlive: true, Slots: > 0 })
                    < executors
                )
                {
                    await Task.Delay(10, cancellationToken);
                }
            }

            return ring;
        }
        catch
        {
            await ring.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_stage is not null)
        {
            await _stage.DisposeAsync();
        }
    }
}
