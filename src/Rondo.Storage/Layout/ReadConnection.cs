using Rondo.Core;
using Rondo.Storage.Sqlite;
using Rondo.Wire;

namespace Rondo.Storage.Layout;

/// <summary>One connection that reads, with its prepared statements.</summary>
internal sealed class ReadConnection : IDisposable
{
    private const int PieceBytes = 64 << 10;

    private readonly ExecutorId _self;
    private readonly Database _database;
    private readonly JobRows _rows;
    private readonly Statement _begin;
    private readonly Statement _end;
    private readonly Statement _isActive;
    private readonly Statement _heldKey;
    private readonly Statement _final;
    private readonly Statement _key;
    private readonly Statement _blobSize;
    private readonly Dictionary<string, Statement> _lists = [];

    public ReadConnection(string file, ExecutorId self)
    {
        _self = self;
        _database = Database.Open(file, readOnly: true);
        _rows = new JobRows(_database, self);
        _begin = _database.Prepare("BEGIN");
        _end = _database.Prepare("COMMIT");
        _isActive = _database.Prepare("SELECT 1 FROM active WHERE key = ?1");
        _heldKey = _database.Prepare("SELECT key FROM active WHERE id = ?1");
        _key = _database.Prepare("SELECT n, until, digest FROM keyed WHERE key = ?1");
        _blobSize = _database.Prepare("SELECT crc, length(data) FROM blob WHERE key = ?1");
        _final = _database.Prepare("SELECT state, name, grp FROM final WHERE n = ?1");
    }

    /// <summary>Everything that is read in one call is of one moment. After an exception the connection is not used again.</summary>
    public T InOneMoment<T>(Func<ReadConnection, T> read)
    {
        _begin.Run();
        var result = read(this);
        _end.Run();
        return result;
    }

    public List<Record.OfJob>? Find(JobId id, Parts parts) => id.Home == _self ? FindOwn(id, parts) : FindHeld(id, parts);

    public List<IReadOnlyList<Record.OfJob>> ListFinished(long below, int limit, JobEnd? end, string? name, string? group)
    {
        var numbers = ListNumbers(below, limit, end, name, group);
        var jobs = new List<IReadOnlyList<Record.OfJob>>(numbers.Count);
        foreach (var number in numbers)
        {
            var id = new JobId(_self, number);
            jobs.Add(FindOwn(id, Parts.None) ?? throw Disagree(id));
        }

        return jobs;
    }

    /// <summary>The job of a key, with the digest of one that is deleted already; that of others is in their terms.</summary>
    public (JobId Id, ulong? Digest)? FindKey(string key)
    {
        try
        {
            // A time is never 0, which stands for none.
            return !_key.Bind(1, key).Step()
                ? null
                : (new JobId(_self, _key.Number(0)), _key.Number(1) == 0 ? null : (ulong)_key.Number(2));
        }
        finally
        {
            _key.Reset();
        }
    }

    /// <summary>The output of a finished job of this home, if it is kept apart and has at least so many bytes.</summary>
    public (long Key, OutputLayout Layout)? FindLargeOutput(JobId id, long leastBytes)
    {
        if (id.Home != _self || FindOwn(id, Parts.None) is not [.., Record.Finished] records)
        {
            return null;
        }

        var key = RecordKey.Of(id.Number, records.Count - 1);
        try
        {
            if (!_blobSize.Bind(1, key).Step() || _blobSize.Number(1) < leastBytes)
            {
                return null;
            }

            var crc = _blobSize.Number(0);
            using var blob = _database.OpenBlob("blob", key);
            return (key, OutputLayout.Of(blob, key, crc));
        }
        catch (Exception damage) when (damage is InvalidDataException or WireFormatException)
        {
            throw StoreException.Damaged(_database.File, $"job {id}", $"its output: {damage.Message}", damage);
        }
        finally
        {
            _blobSize.Reset();
        }
    }

    /// <summary>The content or output of a job that is kept apart, of its last record that has one; null when there is none.</summary>
    /// <param name="has">Whether a record has one of the kind that is looked for.</param>
    public (long Key, int Bytes)? FindPart(JobId id, Predicate<Record.OfJob> has)
    {
        if (Find(id, Parts.None) is not { } records || records.FindLastIndex(has) is not (>= 0 and var index))
        {
            return null;
        }

        var key = RecordKey.Of(id.Home == _self ? id.Number : HeldKey(id)!.Value, index);
        try
        {
            if (!_blobSize.Bind(1, key).Step())
            {
                return null;
            }

            using var blob = _database.OpenBlob("blob", key);
            return Crc.Of(key, blob, new byte[PieceBytes]) == _blobSize.Number(0)
                ? (key, blob.Length)
                : throw StoreException.Damaged(_database.File, $"job {id}", "its content or output: the checksum does not match");
        }
        finally
        {
            _blobSize.Reset();
        }
    }

    /// <summary>Opens a content or output for reading, in one moment with all that is read until the blob is closed.</summary>
    public Blob OpenPart(long key) => _database.OpenBlob("blob", key);

    public void Dispose() => _database.Dispose();

    private List<Record.OfJob>? FindOwn(JobId id, Parts parts)
    {
        if (id.Number is < 1 or > RecordKey.MaxJob)
        {
            return null;
        }

        var records = _rows.Read(id.Number, id, parts, out _);
        var active = Has(_isActive.Bind(1, id.Number));

        // A job is in one of the two tables, as its records say: this notices a row that vanished.
        var agrees =
            records.Count == 0 ? !active && !Has(_final.Bind(1, id.Number))
            : records[^1] is Record.Finished finished ? !active && IsFinal(id.Number, finished, ((Record.Accepted)records[0]).Terms)
            : active && !Has(_final.Bind(1, id.Number));
        return !agrees ? throw Disagree(id)
            : records.Count > 0 ? records
            : null;
    }

    private List<Record.OfJob>? FindHeld(JobId id, Parts parts)
    {
        if (HeldKey(id) is not { } key)
        {
            return null;
        }

        var records = _rows.Read(key, id, parts, out _);
        return records.Count > 0 ? records : throw Disagree(id);
    }

    private long? HeldKey(JobId id)
    {
        try
        {
            return _heldKey.Bind(1, id.ToString()).Step() ? _heldKey.Number(0) : null;
        }
        finally
        {
            _heldKey.Reset();
        }
    }

    private bool IsFinal(long number, Record.Finished finished, JobTerms terms)
    {
        try
        {
            return _final.Bind(1, number).Step()
                && _final.Number(0) == FinalState.Of(finished.Outcome.End)
                && _final.Text(1) == terms.Name
                && _final.Text(2) == terms.Group;
        }
        finally
        {
            _final.Reset();
        }
    }

    private static bool Has(Statement statement)
    {
        try
        {
            return statement.Step();
        }
        finally
        {
            statement.Reset();
        }
    }

    private List<long> ListNumbers(long below, int limit, JobEnd? end, string? name, string? group)
    {
        var statement = ListStatement(end, name is not null, group is not null);
        statement.Bind(1, below).Bind(2, limit);
        if (end is not null)
        {
            statement.Bind(3, FinalState.Of(end.Value));
        }

        if (name is not null)
        {
            statement.Bind(4, name);
        }

        if (group is not null)
        {
            statement.Bind(5, group);
        }

        var numbers = new List<long>();
        try
        {
            while (statement.Step())
            {
                numbers.Add(statement.Number(0));
            }
        }
        finally
        {
            statement.Reset();
        }

        return numbers;
    }

    private Statement ListStatement(JobEnd? end, bool byName, bool byGroup)
    {
        // The second condition is what the index of those that did not succeed is found by.
        var sql =
            "SELECT n FROM final WHERE n < ?1"
            + (
                end is null ? ""
                : end is JobEnd.Succeeded ? " AND state = ?3"
                : " AND state = ?3 AND state <> 0"
            )
            + (byName ? " AND name = ?4" : "")
            + (byGroup ? " AND grp = ?5" : "")
            + " ORDER BY n DESC LIMIT ?2";
        if (!_lists.TryGetValue(sql, out var statement))
        {
            _lists.Add(sql, statement = _database.Prepare(sql));
        }

        return statement;
    }

    private StoreException Disagree(JobId id) =>
        StoreException.Damaged(_database.File, $"job {id}", "the tables of unfinished and finished jobs do not agree with its records");
}
