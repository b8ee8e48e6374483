using Rondo.Storage.Sqlite;

namespace Rondo.Storage;

/// <summary>
/// Moves the log into the file on a thread and a connection of its own, so that no commit does it. Only when the log has grown beyond its
/// bound does it hold commits back, for the last few pages, so that the log can start over.
/// </summary>
internal sealed class Checkpointer : IDisposable
{
    private const int PageBytes = 4096;

    private readonly Lock _writing;
    private readonly int _checkpointPages;
    private readonly int _logMaxPages;
    private readonly Action<StoreException> _fail;
    private readonly Database _database;
    private readonly AutoResetEvent _due = new(false);
    private readonly Thread _thread;
    private int _pages;
    private volatile bool _stopping;

    public Checkpointer(string file, Lock writing, StoreOptions options, Action<StoreException> fail)
    {
        _writing = writing;
        _checkpointPages = (int)Math.Max(options.CheckpointBytes / PageBytes, 1);
        _logMaxPages = (int)Math.Max(options.LogMaxBytes / PageBytes, 1);
        _fail = fail;
        _database = Database.Open(file);
        _database.Execute("PRAGMA synchronous = FULL");
        _thread = new Thread(Run) { Name = "rondo-checkpoint", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Pages were written to the log.</summary>
    public void Written(int pages)
    {
        if (Interlocked.Add(ref _pages, pages) >= _checkpointPages)
        {
            _due.Set();
        }
    }

    public void Dispose()
    {
        _stopping = true;
        _due.Set();
        _thread.Join();
        _database.Dispose();
        _due.Dispose();
    }

    private void Run()
    {
        try
        {
            while (_due.WaitOne() && !_stopping)
            {
                Interlocked.Exchange(ref _pages, 0);
                var frames = _database.Checkpoint();
                if (frames >= _logMaxPages)
                {
                    // Nearly all is in the file already; what commits added meanwhile is little. Once all is, the next commit starts the
                    // log over.
                    lock (_writing)
                    {
                        _database.Checkpoint();
                    }
                }
            }
        }
        catch (StoreException failure)
        {
            _fail(failure);
        }
    }
}
