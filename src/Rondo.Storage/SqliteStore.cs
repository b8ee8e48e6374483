using Rondo.Core;
using Rondo.Storage.Files;
using Rondo.Storage.Journals;
using Rondo.Storage.Layout;
using Rondo.Storage.Pending;
using Rondo.Storage.Sqlite;

namespace Rondo.Storage;

/// <summary>
/// An executor's stable storage, in a data directory that one process has at a time: a journal, in which a commit is durable after one write
/// and one sync, and tables in a SQLite file, which are written behind it and never waited for.
/// </summary>
/// <remarks>Every failure is a <see cref="StoreException"/>. After one from a commit or from the tables nothing more can be written.</remarks>
public sealed class SqliteStore : IStore, IDisposable
{
    /// <summary>The name of the tables' file in the data directory.</summary>
    public const string FileName = "rondo.db";

    /// <summary>How long an idempotency key is known at least, from the end of its job on, even when the job is deleted sooner.</summary>
    public static readonly TimeSpan KeyLife = TimeSpan.FromHours(24);

    private readonly Lock _tables = new();
    private readonly DirectoryLock _lock;
    private readonly Database _database;
    private readonly Recovery _recovery;
    private readonly RecordWriter _writer;
    private readonly Retention _retention;
    private readonly Journal _journal;
    private readonly JournalMark _mark;
    private readonly TaskCompletionSource<StoreException> _failure = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly StoreOptions _options;
    private readonly DriveInfo _drive;
    private PendingRecords? _pending;
    private WriteBehind? _writeBehind;
    private bool _loaded;

    private SqliteStore(DirectoryLock directoryLock, Database database, ExecutorId id, StoreOptions options)
    {
        _lock = directoryLock;
        _database = database;
        _options = options;
        _drive = new DriveInfo(Path.GetDirectoryName(database.File)!);
        Id = id;
        var named = new NamedTables(database);
        named.Read(out _);
        var mark = JournalMark.Read(database);
        _writer = new RecordWriter(database, id, options.InlineMaxBytes, named, Counters.Read(database), mark);
        if (mark.InUse)
        {
            Replay.Run(database, id, _writer, mark);
        }

        // The new journal begins before the tables say that there is one.
        _mark = _writer.Mark.Renew();
        _journal = new Journal(Path.GetDirectoryName(database.File)!, _mark.Mark, _mark.Position, options.JournalFileBytes);
        try
        {
            Incarnation = new Incarnation(_writer.Counters.Incarnation + 1);
            _writer.Write(_mark, Incarnation.Value);

            // The file itself says that it is in use, and since where in the journal: should its log be lost, the journal has the rest, or
            // has let go of some of it, which is told. Otherwise the file would read as one that was closed in an orderly way.
            database.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
            _recovery = new Recovery(database, id, named, _writer.Counters, options.LoadMaxBytes);
            _retention = new Retention(database);
            database.CountEmpty();
            Reader = new StoreReader(database.File, id, options.InlineMaxBytes);
        }
        catch
        {
            _journal.Dispose();
            throw;
        }
    }

    /// <summary>The executor whose store this is.</summary>
    public ExecutorId Id { get; }

    /// <summary>This start of it; on the disk already.</summary>
    public Incarnation Incarnation { get; }

    /// <summary>Reads what is committed, from any thread.</summary>
    public StoreReader Reader { get; }

    /// <summary>Completes when nothing more can be written; the tables can fail while no commit is made.</summary>
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
            return new SqliteStore(directoryLock, database, Meta.ReadIdentity(database), options);
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

        StartWriting();
        Write(() =>
        {
            var frame = _pending!.Stage(records);
            ThrowIfFailed();
            _pending.Publish(_journal.Append(frame));
        });
    }

    /// <summary>
    /// Deletes finished jobs of this home that are in the tables, oldest first, in one transaction. A step of retention, to be paced by the
    /// caller.
    /// </summary>
    /// <param name="time">Only jobs that finished before this.</param>
    /// <param name="limit">How many at most.</param>
    /// <returns>How many were deleted; fewer than the limit when no more are as old.</returns>
    public int DeleteFinishedBefore(DateTimeOffset time, int limit)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        var deleted = 0;
        Write(() =>
        {
            lock (_tables)
            {
                deleted = _retention.DeleteFinishedBefore(time, limit);
                _database.CountEmpty();
            }
        });
        return deleted;
    }

    /// <summary>
    /// As <see cref="DeleteFinishedBefore"/>, those whose own <see cref="JobTerms.Retention"/> is over. Also forgets the keys of deleted jobs
    /// after <see cref="KeyLife"/>.
    /// </summary>
    /// <returns>How many jobs or keys were deleted; fewer than the limit when there are no more.</returns>
    public int DeleteExpired(DateTimeOffset now, int limit)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        var deleted = 0;
        Write(() =>
        {
            lock (_tables)
            {
                deleted = _retention.DeleteExpired(now, limit);
                _database.CountEmpty();
            }
        });
        return deleted;
    }

    /// <summary>As <see cref="DeleteFinishedBefore"/>, of any age, as long as the tables take more than so many bytes.</summary>
    /// <returns>How many were deleted; fewer than the limit when the tables take no more than that, or have no more finished jobs.</returns>
    public int DeleteFinishedBeyond(long bytes, int limit)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        long used = 0;
        Write(() =>
        {
            lock (_tables)
            {
                used = _retention.UsedBytes();
            }
        });
        return used > bytes ? DeleteFinishedBefore(DateTimeOffset.MaxValue, limit) : 0;
    }

    /// <summary>What room there is now. Any thread; waits for no disk.</summary>
    /// <exception cref="IOException">The file system does not tell.</exception>
    public StoreSpace Space() => new(_drive.TotalSize, _drive.AvailableFreeSpace, _database.EmptyBytes, _pending?.Bytes ?? 0);

    /// <summary>Returns once all that is committed now is in the tables.</summary>
    /// <exception cref="StoreException">It could not be written there.</exception>
    public void Flush()
    {
        _pending?.Flush();
        ThrowIfFailed();
    }

    /// <summary>Writes a copy of the store, of one moment, into a file that does not exist yet. Commits go on meanwhile.</summary>
    /// <remarks>The copy alone is the whole store: restored as <see cref="FileName"/> into an empty directory it opens.</remarks>
    /// <exception cref="StoreException">The copy could not be made; the store itself is as it was.</exception>
    public void Backup(string path)
    {
        Flush();
        StoreBackup.Write(_database.File, path);
    }

    /// <summary>Brings everything into the tables, closes the store and gives the directory back. The caller has ended its commits and reads.</summary>
    public void Dispose()
    {
        _writeBehind?.Stop();
        Reader.Dispose();
        lock (_tables)
        {
            try
            {
                if (!_failure.Task.IsCompleted)
                {
                    _writer.Write(_writer.Mark with { InUse = false }, Incarnation.Value);
                }
            }
            catch (StoreException failure)
            {
                // The next start finds what there is.
                Fail(failure);
            }

            _database.Dispose();
        }

        _journal.Dispose();
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

    // The tables are written only once all that was in them is known.
    private void StartWriting()
    {
        if (_writeBehind is not null)
        {
            return;
        }

        if (!_recovery.IsComplete)
        {
            throw new InvalidOperationException("The store must be loaded to the end before the first commit.");
        }

        _pending = new PendingRecords(_recovery.Active, _options);
        Reader.Use(_pending);
        _writeBehind = new WriteBehind(_pending, _writer, _journal, _database, _tables, _options, Fail);
    }

    // No letters or digits that people take for one another. It has to be another one than others have, and is no secret: for that nobody
    // needs the library of ciphers, which would take 4 MB of every executor.
    private static ExecutorId RandomId() => ExecutorId.Parse(Random.Shared.GetItems<char>("abcdefghjkmnpqrstuvwxyz23456789", 4));

    private void Write(Action write)
    {
        ThrowIfFailed();
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

    private void ThrowIfFailed()
    {
        if (_failure.Task.IsCompleted)
        {
            var failure = _failure.Task.Result;
            throw new StoreException(failure.Kind, failure.Message, failure);
        }
    }

    private void Fail(StoreException failure) => _failure.TrySetResult(failure);
}
