using Rondo.Storage.Journals;
using Rondo.Storage.Layout;
using Rondo.Storage.Sqlite;

namespace Rondo.Storage.Pending;

/// <summary>
/// Writes what the journal has into the tables, on a thread of its own: in large transactions, and with the checkpoints of SQLite's own log,
/// neither of which a commit waits for.
/// </summary>
internal sealed class WriteBehind
{
    private const int PageBytes = 4096;

    private readonly PendingRecords _pending;
    private readonly RecordWriter _writer;
    private readonly Journal _journal;
    private readonly Database _database;
    private readonly Lock _tables;
    private readonly int _checkpointPages;
    private readonly Action<StoreException> _fail;
    private readonly Thread _thread;
    private int _pages;

    /// <param name="tables">Held while the tables are written.</param>
    public WriteBehind(
        PendingRecords pending,
        RecordWriter writer,
        Journal journal,
        Database database,
        Lock tables,
        StoreOptions options,
        Action<StoreException> fail
    )
    {
        (_pending, _writer, _journal, _database, _tables, _fail) = (pending, writer, journal, database, tables, fail);
        _checkpointPages = (int)Math.Max(options.CheckpointBytes / PageBytes, 1);
        _thread = new Thread(Run) { Name = "rondo-store", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Writes what is left, and ends.</summary>
    public void Stop()
    {
        _pending.Stop();
        _thread.Join();
    }

    private void Run()
    {
        try
        {
            while (_pending.Take() is { } batch)
            {
                Write(batch);
            }
        }
        catch (StoreException failure)
        {
            _fail(failure);
            _pending.Stop();
        }
    }

    private void Write(PendingBatch batch)
    {
        lock (_tables)
        {
            _writer.Write(batch);
        }

        var sequence = batch.LastSequence;
        _pending.Written(batch);
        _journal.Release(sequence);
        lock (_tables)
        {
            _database.CountEmpty();
            _pages += _database.TakePagesWritten();
            if (_pages >= _checkpointPages)
            {
                _pages = 0;
                _database.Checkpoint();
            }
        }
    }
}
