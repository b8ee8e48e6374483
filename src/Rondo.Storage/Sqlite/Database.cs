using SQLitePCL;

namespace Rondo.Storage.Sqlite;

/// <summary>One connection to a store's file; used by one thread at a time. Every failure is a <see cref="StoreException"/>.</summary>
internal sealed class Database : IDisposable
{
    private readonly sqlite3 _connection;
    private readonly List<Statement> _statements = [];
    private long _emptyBytes;

    static Database() => Batteries_V2.Init();

    private Database(string file, sqlite3 connection)
    {
        File = file;
        _connection = connection;
    }

    public string File { get; }

    /// <summary>Opens the file; it must exist unless <paramref name="create"/>.</summary>
    public static Database Open(string file, bool readOnly = false, bool create = false)
    {
        var flags = readOnly ? raw.SQLITE_OPEN_READONLY : raw.SQLITE_OPEN_READWRITE | (create ? raw.SQLITE_OPEN_CREATE : 0);

        // A connection has one user at a time, so SQLite's own mutexes are not needed.
        var code = raw.sqlite3_open_v2(file, out var connection, flags | raw.SQLITE_OPEN_NOMUTEX, null);
        var database = new Database(file, connection);
        try
        {
            database.Check(code);
            raw.sqlite3_extended_result_codes(connection, 1);

            // Someone may look into the file with another tool; that is worth waiting for a moment.
            raw.sqlite3_busy_timeout(connection, 5_000);
            database.Execute("PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY");
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>A statement that lives as long as the connection.</summary>
    public Statement Prepare(string sql)
    {
        Check(raw.sqlite3_prepare_v3(_connection, sql, raw.SQLITE_PREPARE_PERSISTENT, out var handle));
        var statement = new Statement(this, handle);
        _statements.Add(statement);
        return statement;
    }

    /// <summary>The column <c>data</c> of a row, to be read or written in pieces. Nothing else may change the row meanwhile.</summary>
    public Blob OpenBlob(string table, long row, bool writable = false)
    {
        Check(raw.sqlite3_blob_open(_connection, "main", table, "data", row, writable ? 1 : 0, out var handle));
        return new Blob(this, handle);
    }

    /// <summary>Runs statements that give no rows, or whose rows do not matter.</summary>
    public void Execute(string sql) => Check(raw.sqlite3_exec(_connection, sql));

    /// <summary>The one number that the statement gives.</summary>
    public long Number(string sql)
    {
        using var statement = Once(sql);
        return statement.Step() ? statement.Number(0) : 0;
    }

    /// <summary>The one text that the statement gives; null for none.</summary>
    public string? Text(string sql)
    {
        using var statement = Once(sql);
        return statement.Step() ? statement.Text(0) : null;
    }

    /// <summary>Moves what it can from the log into the file without waiting for anyone.</summary>
    /// <returns>The pages that the log had, those moved now or before included.</returns>
    public int Checkpoint()
    {
        var code = raw.sqlite3_wal_checkpoint_v2(_connection, "main", raw.SQLITE_CHECKPOINT_PASSIVE, out var pages, out _);
        if ((code & 0xFF) == raw.SQLITE_BUSY)
        {
            // Another tool does a checkpoint at this moment; the next one here comes soon enough.
            return 0;
        }

        Check(code);
        return pages;
    }

    /// <summary>What of the file held nothing when it was counted last. Any thread.</summary>
    public long EmptyBytes => Volatile.Read(ref _emptyBytes);

    /// <summary>Counts it.</summary>
    public void CountEmpty() =>
        Volatile.Write(ref _emptyBytes, Number("SELECT freelist_count * page_size FROM pragma_freelist_count, pragma_page_size"));

    /// <summary>The pages written since this was asked last.</summary>
    public int TakePagesWritten()
    {
        Check(raw.sqlite3_db_status(_connection, raw.SQLITE_DBSTATUS_CACHE_WRITE, out var written, out _, 1));
        return written;
    }

    public void Check(int code)
    {
        if (code is not raw.SQLITE_OK and not raw.SQLITE_ROW and not raw.SQLITE_DONE)
        {
            throw SqliteErrors.ToException(code, raw.sqlite3_errmsg(_connection).utf8_to_string(), File);
        }
    }

    public void Dispose()
    {
        foreach (var statement in _statements)
        {
            statement.Dispose();
        }

        _connection.Dispose();
    }

    private Statement Once(string sql)
    {
        Check(raw.sqlite3_prepare_v2(_connection, sql, out var handle));
        return new Statement(this, handle);
    }
}
