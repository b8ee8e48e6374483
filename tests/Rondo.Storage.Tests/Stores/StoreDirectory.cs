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

    /// <summary>The first file of its journal.</summary>
    public string Journal => System.IO.Path.Combine(Path, "journal.0");

    /// <summary>Options of a store that writes its tables only when it is told to, or closed.</summary>
    public static StoreOptions JournalOnly { get; } =
        new()
        {
            NewId = Samples.Self,
            WriteBehindAfter = TimeSpan.FromDays(1),
            WriteBehindBytes = long.MaxValue,
            PendingMaxBytes = long.MaxValue,
        };

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

    /// <summary>
    /// What a crash at this moment would leave, in another directory. Only while nothing is written.
    /// </summary>
    public void CopyTo(StoreDirectory other)
    {
        foreach (var old in Directory.GetFiles(other.Path))
        {
            System.IO.File.Delete(old);
        }

        foreach (var file in Directory.GetFiles(Path).Where(file => !file.EndsWith("-shm", StringComparison.Ordinal)))
        {
            // The lock itself cannot be read by another.
            if (System.IO.Path.GetFileName(file) is not "lock" and var name)
            {
                System.IO.File.Copy(file, System.IO.Path.Combine(other.Path, name));
            }
        }
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
