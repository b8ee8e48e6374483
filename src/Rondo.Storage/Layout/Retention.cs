using Rondo.Storage.Sqlite;

namespace Rondo.Storage.Layout;

/// <summary>Deletes finished jobs of this home.</summary>
internal sealed class Retention(Database database)
{
    private readonly Statement _begin = database.Prepare("BEGIN IMMEDIATE");
    private readonly Statement _commit = database.Prepare("COMMIT");
    private readonly Statement _oldest = database.Prepare("SELECT n FROM final WHERE finished_at < ?1 ORDER BY finished_at LIMIT ?2");
    private readonly Statement _usedBytes = database.Prepare(
        "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size"
    );
    private readonly Statement _deleteFinal = database.Prepare("DELETE FROM final WHERE n = ?1");
    private readonly Statement _deleteRecords = database.Prepare("DELETE FROM record WHERE key BETWEEN ?1 AND ?2");
    private readonly Statement _deleteBlobs = database.Prepare("DELETE FROM blob WHERE key BETWEEN ?1 AND ?2");
    private readonly Statement _expired = database.Prepare("SELECT n FROM expiry WHERE at <= ?1 ORDER BY at LIMIT ?2");
    private readonly Statement _deleteExpiry = database.Prepare("DELETE FROM expiry WHERE n = ?1");
    private readonly Statement _keepKey = database.Prepare(
        "UPDATE keyed SET until = (SELECT finished_at FROM final WHERE n = ?1) + ?2 WHERE n = ?1 AND digest IS NOT NULL"
    );

    // Without a digest it is from an older version, and says nothing without its job.
    private readonly Statement _deleteKey = database.Prepare("DELETE FROM keyed WHERE n = ?1 AND digest IS NULL");
    private readonly Statement _oldKeys = database.Prepare("SELECT n FROM keyed WHERE until <= ?1 ORDER BY until LIMIT ?2");
    private readonly Statement _deleteOldKey = database.Prepare("DELETE FROM keyed WHERE n = ?1");

    public int DeleteFinishedBefore(DateTimeOffset time, int limit) => Delete(Numbers(_oldest, time, limit));

    public int DeleteExpired(DateTimeOffset now, int limit)
    {
        var keys = Numbers(_oldKeys, now, limit);
        if (keys.Count > 0)
        {
            _begin.Run();
            keys.ForEach(number => _deleteOldKey.Bind(1, number).Run());
            _commit.Run();
        }

        return Math.Max(keys.Count, Delete(Numbers(_expired, now, limit)));
    }

    private int Delete(List<long> numbers)
    {
        if (numbers.Count == 0)
        {
            return 0;
        }

        _begin.Run();
        foreach (var number in numbers)
        {
            _keepKey.Bind(1, number).Bind(2, SqliteStore.KeyLife.Ticks).Run();
            _deleteKey.Bind(1, number).Run();
            _deleteFinal.Bind(1, number).Run();
            _deleteExpiry.Bind(1, number).Run();
            _deleteRecords.Bind(1, RecordKey.First(number)).Bind(2, RecordKey.Last(number)).Run();
            _deleteBlobs.Bind(1, RecordKey.First(number)).Bind(2, RecordKey.Last(number)).Run();
        }

        _commit.Run();
        return numbers.Count;
    }

    /// <summary>What the tables take, in bytes; what was deleted is used again and does not count.</summary>
    public long UsedBytes()
    {
        try
        {
            return _usedBytes.Step() ? _usedBytes.Number(0) : 0;
        }
        finally
        {
            _usedBytes.Reset();
        }
    }

    private static List<long> Numbers(Statement statement, DateTimeOffset time, int limit)
    {
        var numbers = new List<long>();
        statement.Bind(1, time.UtcTicks).Bind(2, limit);
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
}
