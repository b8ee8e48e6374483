using Rondo.Core;
using Rondo.Storage.Layout;
using Rondo.Storage.Pending;
using Rondo.Storage.Sqlite;
using Rondo.Wire;

namespace Rondo.Storage.Journals;

/// <summary>
/// Brings what only the journal has into the tables at a start, by the same way as while the executor runs. A crash in the midst of it does
/// no harm: a transaction says how far it came.
/// </summary>
internal static class Replay
{
    private const long BatchBytes = 8 << 20;

    /// <exception cref="StoreException">The journal is damaged, or the disk refuses.</exception>
    public static void Run(Database database, ExecutorId self, RecordWriter writer, JournalMark mark)
    {
        var directory = Path.GetDirectoryName(database.File)!;
        using var scan = JournalScan.Open(directory, mark.Mark, mark.Position);
        using var tables = new Tables(database, self);
        var jobs = new ActiveJobs(self, writer.Counters.LastNumber, database.Number("SELECT min(key) FROM active"), tables.Find);
        var batch = new PendingBatch(isEven: true);
        foreach (var (sequence, records) in scan.Read())
        {
            try
            {
                Add(records, jobs, batch);
            }
            catch (Exception damage) when (damage is InvalidDataException or WireFormatException or InvalidOperationException)
            {
                throw StoreException.Damaged(Path.Combine(directory, "journal.*"), $"commit {sequence}", damage.Message, damage);
            }

            batch.Publish(sequence);
            if (batch.Bytes >= BatchBytes)
            {
                Write(batch, jobs, writer);
            }
        }

        if (!batch.IsEmpty)
        {
            Write(batch, jobs, writer);
        }
    }

    private static void Add(ReadOnlyMemory<byte> records, ActiveJobs jobs, PendingBatch batch)
    {
        batch.Begin();
        for (var rest = records.Span; !rest.IsEmpty; )
        {
            var bytes = RecordBytes.Next(ref rest);
            var record =
                (
                    bytes.Length > PendingBatch.CopyMaxBytes
                        ? RecordCodec.DecodeInPlace(records[^(bytes.Length + rest.Length)..^rest.Length])
                        : RecordCodec.Decode(bytes)
                ) ?? throw new InvalidDataException("a record is of a kind that this version does not know");
            var job = record is Record.OfJob ofJob ? jobs.Note(ofJob) : null;
            if (PendingBatch.IsLarge(record))
            {
                batch.Add(record, job);
            }
            else
            {
                batch.Add(record, job, bytes);
            }
        }

        batch.End();
    }

    private static void Write(PendingBatch batch, ActiveJobs jobs, RecordWriter writer)
    {
        writer.Write(batch);
        batch.MarkStored(0, batch.Records.Length, jobs);
        batch.Clear();
    }

    private sealed class Tables(Database database, ExecutorId self) : IDisposable
    {
        private readonly JobRows _rows = new(database, self);
        private readonly Statement _own = database.Prepare("SELECT key FROM active WHERE key = ?1");
        private readonly Statement _held = database.Prepare("SELECT key FROM active WHERE id = ?1");

        public ActiveJob? Find(JobId id)
        {
            var statement = id.Home == self ? _own.Bind(1, id.Number) : _held.Bind(1, id.ToString());
            long key;
            try
            {
                if (!statement.Step())
                {
                    return null;
                }

                key = statement.Number(0);
            }
            finally
            {
                statement.Reset();
            }

            var records = _rows.Read(key, id, Parts.None, out var digest);
            return records.Count > 0
                ? StoredJob.Of(id, key, records, digest)
                : throw StoreException.Damaged(database.File, $"job {id}", "the table of unfinished jobs does not agree with its records");
        }

        public void Dispose()
        {
            _own.Dispose();
            _held.Dispose();
        }
    }
}
