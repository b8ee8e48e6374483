using Rondo.Core;

namespace Rondo.Storage.Tests.Stores;

/// <summary>A data directory that is gone after the test.</summary>
internal sealed class StoreDirectory : IDisposable
{
    public StoreDirectory(string? parent = null)
    {
        Path = System.IO.Path.Combine(parent ?? System.IO.Path.GetTempPath(), $"rondo-store-{Guid.NewGuid():N}");
        Directory.CreateDirectory(Path);
    }

    public string Path { get; }

    public string File => System.IO.Path.Combine(Path, SqliteStore.FileName);

    public static StoreOptions Options { get; } = new() { NewId = Samples.Self };

    public SqliteStore Open(StoreOptions? options = null) => SqliteStore.Open(Path, options ?? Options);

    /// <summary>Opens the store and reads all that it recovers.</summary>
    public SqliteStore OpenLoaded(out Dictionary<JobId, IReadOnlyList<Record.OfJob>> jobs, StoreOptions? options = null)
    {
        var store = Open(options);
        try
        {
            jobs = store.Load().Jobs.ToDictionary(records => records[0].Id);
            return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    public SqliteStore OpenLoaded(StoreOptions? options = null) => OpenLoaded(out _, options);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
