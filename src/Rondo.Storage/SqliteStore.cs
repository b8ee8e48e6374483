using System.Security.Cryptography;
using Rondo.Core;
using Rondo.Storage.Files;
using Rondo.Storage.Layout;
using Rondo.Storage.Sqlite;

namespace Rondo.Storage;

/// <summary>An executor's stable storage: one SQLite file in a data directory that one process has at a time.</summary>
/// <remarks>Every failure is a <see cref="StoreException"/>. After one from a commit or a checkpoint nothing more can be written.</remarks>
public sealed class SqliteStore : IStore, IDisposable
{
    /// <summary>The store's file in its data directory.</summary>
    public const string FileName = "rondo.db";

    private readonly Lock _writing = new();
    private readonly DirectoryLock _lock;
    private readonly Database _database;
    private readonly Recovery _recovery;
    private readonly Retention _retention;
    private readonly Checkpointer _checkpointer;
    private readonly TaskCompletionSource<StoreException> _failure = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly StoreOptions _options;
    private RecordWriter? _writer;
    private bool _loaded;

    private SqliteStore(DirectoryLock directoryLock, Database database, ExecutorId id, Counters counters, StoreOptions options)
    {
        _lock = directoryLock;
        _database = database;
        _options = options;
        Id = id;
        Incarnation = new Incarnation(counters.Incarnation);
        _recovery = new Recovery(database, id, counters);
        _retention = new Retention(database);
        Reader = new StoreReader(database.File, id);
        _checkpointer = new Checkpointer(database.File, _writing, options, Fail);
    }

    /// <summary>The executor whose store this is.</summary>
    public ExecutorId Id { get; }

    /// <summary>This start of it; on the disk already.</summary>
    public Incarnation Incarnation { get; }

    /// <summary>Reads what is committed, from any thread.</summary>
    public StoreReader Reader { get; }

    /// <summary>Completes when nothing more can be written; a checkpoint can fail while no commit is made.</summary>
    public Task<StoreException> Failure => _failure.Task;

    /// <summary>Opens the store in a directory, which is made, with a new identity, when it is not there. Raises the incarnation.</summary>
    /// <exception cref="StoreException">The store cannot be used; the kind and the message say why.</exception>
    public static SqliteStore Open(string directory, StoreOptions? options = null)
    {
        options ??= new StoreOptions();
        directory = Path.GetFullPath(directory);
        NewStore.MakeDirectory(directory);
        var directoryLock = DirectoryLock.Take(directory);
        Database? database = null;
        try
        {
            var file = Path.Combine(directory, FileName);
            NewStore.MakeUnlessThere(file, options.NewId ?? RandomId());
            LogCheck.RefuseDamage(file);
            database = Database.Open(file);
            Schema.Check(database);
            UseLog(database, options);

            // The log begins anew: what a torn commit left in it must not be taken for part of a later one.
            database.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
            Schema.Migrate(database);
            var id = Meta.ReadIdentity(database);
            var counters = Counters.Read(database);
            counters = counters with { Incarnation = counters.Incarnation + 1 };
            counters.Write(database.Prepare(Meta.Write));
            return new SqliteStore(directoryLock, database, id, counters, options);
        }
        catch
        {
            database?.Dispose();
            directoryLock.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    /// <remarks>The jobs are read while they are enumerated: those of this home by number, then those held for others, oldest first.</remarks>
    /// <exception cref="StoreException">Something is damaged: here, or while the jobs are enumerated.</exception>
    public Recovered Load()
    {
        if (_loaded)
        {
            throw new InvalidOperationException("The store was loaded already.");
        }

        _loaded = true;
        return _recovery.Read();
    }

    /// <inheritdoc/>
    /// <exception cref="StoreException">It is not known whether the records are durable, and nothing more can be written.</exception>
    public void Commit(IReadOnlyList<Record> records)
    {
        if (records.Count == 0)
        {
            return;
        }

        int pages;
        lock (_writing)
        {
            _writer ??= _recovery.IsComplete
                ? new RecordWriter(_database, Id, _options.InlineMaxBytes, _recovery)
                : throw new InvalidOperationException("The store must be loaded to the end before the first commit.");
            Write(() => _writer.Write(records));
            pages = _database.TakePagesWritten();
        }

        _checkpointer.Written(pages);
    }

    /// <summary>Deletes finished jobs of this home, oldest first, in one commit. A step of retention, to be paced by the caller.</summary>
    /// <param name="time">Only jobs that finished before this.</param>
    /// <param name="limit">How many at most; about 100 keep commits quick meanwhile.</param>
    /// <returns>How many were deleted; fewer than the limit when no more are as old.</returns>
    public int DeleteFinishedBefore(DateTimeOffset time, int limit)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        var deleted = 0;
        int pages;
        lock (_writing)
        {
            Write(() => deleted = _retention.DeleteFinishedBefore(time, limit));
            pages = _database.TakePagesWritten();
        }

        _checkpointer.Written(pages);
        return deleted;
    }

    /// <summary>Writes a copy of the store, of one moment, into a file that does not exist yet. Commits go on meanwhile.</summary>
    /// <exception cref="StoreException">The copy could not be made; the store itself is as it was.</exception>
    public void Backup(string path) => StoreBackup.Write(_database.File, path);

    /// <summary>Closes the store and gives the directory back. The caller has ended its commits and reads.</summary>
    public void Dispose()
    {
        _checkpointer.Dispose();
        Reader.Dispose();
        lock (_writing)
        {
            _database.Dispose();
        }

        _lock.Dispose();
    }

    private static void UseLog(Database database, StoreOptions options)
    {
        if (database.Text("PRAGMA journal_mode = WAL") is not "wal" and var mode)
        {
            throw new StoreException(
                StoreFailure.Failed,
                $"{database.File} cannot use a write-ahead log (it got '{mode}'): put the data directory on a local file system"
            );
        }

        database.Execute(
            $"PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = {options.LogMaxBytes}; "
                + $"PRAGMA cache_size = -{options.CacheBytes / 1024}"
        );
    }

    // No letters or digits that people take for one another.
    private static ExecutorId RandomId() => ExecutorId.Parse(RandomNumberGenerator.GetString("abcdefghjkmnpqrstuvwxyz23456789", 4));

    private void Write(Action write)
    {
        if (_failure.Task.IsCompleted)
        {
            var failure = _failure.Task.Result;
            throw new StoreException(failure.Kind, failure.Message, failure);
        }

        try
        {
            write();
        }
        catch (StoreException failure)
        {
            Fail(failure);
            throw;
        }
        catch (Exception mistake)
        {
            Fail(new StoreException(StoreFailure.Failed, $"a record could not be written: {mistake.Message}", mistake));
            throw;
        }
    }

    private void Fail(StoreException failure) => _failure.TrySetResult(failure);
}
