using Rondo.Storage.Sqlite;

namespace Rondo.Storage.Layout;

/// <summary>The tables of a store, and the way from each older version to the newest.</summary>
internal static class Schema
{
    /// <summary>Marks the file as a store of Rondo: the letters "Rndo".</summary>
    public const int ApplicationId = 0x526E646F;

    // Step n leads from version n to n + 1. What is there is never changed; a step is added.
    private static readonly string[] _steps =
    [
        """
            -- What there is one of: 1 the executor's id, 2 its counters.
            CREATE TABLE meta(key INTEGER PRIMARY KEY, crc INTEGER NOT NULL, data BLOB NOT NULL);

            -- The other members of the ring.
            CREATE TABLE member(id TEXT PRIMARY KEY, crc INTEGER NOT NULL, data BLOB NOT NULL);

            -- The records of all jobs; a row never changes. The key is the job's key times 2^20 plus the record's place among the job's.
            CREATE TABLE record(key INTEGER PRIMARY KEY, crc INTEGER NOT NULL, data BLOB NOT NULL);

            -- Large contents and outputs, under the key of their record.
            CREATE TABLE blob(key INTEGER PRIMARY KEY, crc INTEGER NOT NULL, data BLOB NOT NULL);

            -- The unfinished jobs. A job of this home has its number as key and no id; one held for another home has a negative key.
            CREATE TABLE active(key INTEGER PRIMARY KEY, id TEXT);
            CREATE UNIQUE INDEX active_held ON active(id) WHERE id IS NOT NULL;

            -- The finished jobs of this home, for lists and for retention. State: 0 succeeded, 1 failed, 2 cancelled. Time: UTC ticks.
            CREATE TABLE final(n INTEGER PRIMARY KEY, state INTEGER NOT NULL, name TEXT, grp TEXT, finished_at INTEGER NOT NULL);
            CREATE INDEX final_unsuccessful ON final(state, n) WHERE state <> 0;
            CREATE INDEX final_name ON final(name, n) WHERE name IS NOT NULL;
            CREATE INDEX final_grp ON final(grp, n) WHERE grp IS NOT NULL;
            CREATE INDEX final_finished_at ON final(finished_at);
            """,
        // A row of record may have several records, and meta has the place in the journal.
        "",
        """
            -- The crons that are kept here.
            CREATE TABLE cron(id TEXT PRIMARY KEY, crc INTEGER NOT NULL, data BLOB NOT NULL);

            -- The jobs of this home that have an idempotency key, as long as the job is kept.
            CREATE TABLE keyed(n INTEGER PRIMARY KEY, key TEXT NOT NULL);
            CREATE UNIQUE INDEX keyed_key ON keyed(key);
            """,
        """
            -- The finished jobs that say themselves how long they are kept: until when, in UTC ticks.
            CREATE TABLE expiry(n INTEGER PRIMARY KEY, at INTEGER NOT NULL);
            CREATE INDEX expiry_at ON expiry(at);

            -- A key may outlive its job: then it has until when, and by its digest a repetition is still known.
            ALTER TABLE keyed ADD COLUMN digest INTEGER;
            ALTER TABLE keyed ADD COLUMN until INTEGER;
            CREATE INDEX keyed_until ON keyed(until) WHERE until IS NOT NULL;
            """,
    ];

    /// <summary>The version that this build reads and writes.</summary>
    public static int Version => _steps.Length;

    /// <summary>Refuses what is not a store or of a newer version, before anything is written.</summary>
    public static void Check(Database database)
    {
        var applicationId = database.Number("PRAGMA application_id");
        if (applicationId != ApplicationId)
        {
            throw new StoreException(
                StoreFailure.NotAStore,
                $"{database.File} is not a store of Rondo (application id {applicationId}). Choose another data directory, or move that file away"
            );
        }

        var version = database.Number("PRAGMA user_version");
        if (version > Version)
        {
            throw new StoreException(
                StoreFailure.WrongVersion,
                $"{database.File} was written by a newer version of Rondo (store version {version}; this one knows up to {Version}). "
                    + "Start that newer version, or restore a backup made before it"
            );
        }
    }

    /// <summary>Brings the tables to the newest version, in one commit.</summary>
    public static void Migrate(Database database)
    {
        var version = (int)database.Number("PRAGMA user_version");
        if (version == Version)
        {
            return;
        }

        database.Execute("BEGIN IMMEDIATE");
        foreach (var step in _steps.AsSpan(version))
        {
            database.Execute(step);
        }

        database.Execute($"PRAGMA user_version = {Version}");
        database.Execute("COMMIT");
    }
}
