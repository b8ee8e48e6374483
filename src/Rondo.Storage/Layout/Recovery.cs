using Rondo.Core;
using Rondo.Storage.Pending;
using Rondo.Storage.Sqlite;

namespace Rondo.Storage.Layout;

/// <summary>Reads what the last start left behind, checks that nothing of it is missing, and notes what the store needs to go on.</summary>
internal sealed class Recovery
{
    private readonly Database _database;
    private readonly ExecutorId _self;
    private readonly NamedTables _named;
    private readonly Counters _counters;
    private readonly JobRows _rows;
    private ulong _digest;
    private bool _started;

    /// <param name="counters">What the tables have now.</param>
    /// <param name="loadMaxBytes">See <see cref="StoreOptions.LoadMaxBytes"/>.</param>
    public Recovery(Database database, ExecutorId self, NamedTables named, Counters counters, long loadMaxBytes)
    {
        (_database, _self, _named, _counters) = (database, self, named, counters);
        _rows = new JobRows(database, self, loadMaxBytes);
        Active = new ActiveJobs(self, counters.LastNumber);
    }

    public ActiveJobs Active { get; }

    /// <summary>True once all was read and found whole.</summary>
    public bool IsComplete { get; private set; }

    public Recovered Read()
    {
        var (members, crons) = _named.Read(out _digest);
        var jobs = ReadActive("SELECT key, id FROM active WHERE key > 0 ORDER BY key");
        var held = ReadActive("SELECT key, id FROM active WHERE key <= 0 ORDER BY key DESC");
        CheckIndex(held);
        jobs.AddRange(held);
        return new Recovered(_counters.MintedEpoch, _counters.LastNumber, members, ReadJobs(jobs)) { Crons = crons, HasKeys = HasKeys() };
    }

    private bool HasKeys()
    {
        using var statement = _database.Prepare("SELECT 1 FROM keyed LIMIT 1");
        return statement.Step();
    }

    private List<(long Key, JobId Id)> ReadActive(string sql)
    {
        var jobs = new List<(long, JobId)>();
        using var statement = _database.Prepare(sql);
        while (statement.Step())
        {
            var key = statement.Number(0);
            var id = new JobId(_self, key);
            if (key <= 0 && (statement.Text(1) is not { } text || !JobId.TryParse(text, out id) || id.Home == _self))
            {
                throw StoreException.Damaged(_database.File, $"the held job {statement.Text(1)}", "its id cannot be read");
            }

            jobs.Add((key, id));
        }

        return jobs;
    }

    // Readers find a held job by the index on its id.
    private void CheckIndex(IEnumerable<(long Key, JobId Id)> held)
    {
        using var statement = _database.Prepare("SELECT key FROM active WHERE id = ?1");
        foreach (var (key, id) in held)
        {
            if (!statement.Bind(1, id.ToString()).Step() || statement.Number(0) != key)
            {
                throw StoreException.Damaged(_database.File, $"job {id}", "the index of held jobs does not have it");
            }

            statement.Reset();
        }
    }

    private IEnumerable<IReadOnlyList<Record.OfJob>> ReadJobs(List<(long Key, JobId Id)> jobs)
    {
        if (_started)
        {
            throw new InvalidOperationException("The jobs can be read once.");
        }

        _started = true;
        var digest = _digest;

        using var calm = BulkLoad.Begin(jobs.Count);

        // In one transaction: each by itself would take and give back SQLite's locks.
        _database.Execute("BEGIN");
        try
        {
            foreach (var (key, id) in jobs)
            {
                var records = _rows.ReadOn(key, id, Parts.All, out var ofJob);
                if (records.Count == 0 || (key > 0 && records[^1] is Record.Finished))
                {
                    throw StoreException.Damaged(
                        _database.File,
                        $"job {id}",
                        "the table of unfinished jobs does not agree with its records"
                    );
                }

                digest += ofJob;
                Active.Restore(StoredJob.Of(id, key, records, ofJob));
                yield return records;
            }
        }
        finally
        {
            _rows.Reset();
            _database.Execute("COMMIT");
        }

        if (digest != _counters.Digest)
        {
            throw StoreException.Damaged(_database.File, "the table of records", "some that were written are missing");
        }

        IsComplete = true;
    }
}
