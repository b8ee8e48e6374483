namespace Rondo.Simulation;

/// <summary>A directory for real stores, in memory where there is such a place, and gone afterwards.</summary>
internal sealed class TemporaryDisks : IDisposable
{
    private readonly string _directory = Directory
        .CreateDirectory(Path.Combine(Root, "rondo-simulation-" + Environment.ProcessId))
        .FullName;

    private static string Root => Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();

    public string For(ulong seed) => Path.Combine(_directory, seed.ToString());

    public void Clear(ulong seed) => Directory.Delete(For(seed), recursive: true);

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
