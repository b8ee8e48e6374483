using System.Buffers;
using System.Buffers.Binary;
using Rondo.Core;
using Rondo.Storage.Journals;
using Rondo.Storage.Pending;
using Rondo.Storage.Sqlite;
using Rondo.Wire;

namespace Rondo.Storage.Layout;

/// <summary>
/// Writes batches into the tables, each in one transaction that says how far in the journal it goes. A job's records of a batch become one
/// row; of a job that was held and forgotten within one batch nothing is written at all.
/// </summary>
internal sealed class RecordWriter
{
    // A buffer that grew for one large row is not kept.
    private const int BufferKeepBytes = 1 << 20;

    // What SQLite is given of a large content or output at a time.
    private const int WriteBytes = 1 << 20;

    private readonly Database _database;
    private readonly ExecutorId _self;
    private readonly int _inlineMaxBytes;
    private readonly NamedTables _named;
    private readonly Statement _begin;
    private readonly Statement _commit;
    private readonly Statement _insertRecord;
    private readonly Statement _insertBlob;
    private readonly Statement _insertActive;
    private readonly Statement _deleteActive;
    private readonly Statement _insertFinal;
    private readonly Statement _insertExpiry;
    private readonly Statement _deleteRecords;
    private readonly Statement _deleteBlobs;
    private readonly Statement _putKey;
    private readonly Statement _putMeta;
    private ArrayBufferWriter<byte> _buffer = new();
    private Counters _counters;
    private JournalMark _mark;

    public RecordWriter(Database database, ExecutorId self, int inlineMaxBytes, NamedTables named, Counters counters, JournalMark mark)
    {
        _database = database;
        _self = self;
        _inlineMaxBytes = inlineMaxBytes;
        (_named, _counters, _mark) = (named, counters, mark);
        _begin = database.Prepare("BEGIN IMMEDIATE");
        _commit = database.Prepare("COMMIT");
        _insertRecord = database.Prepare("INSERT INTO record(key, crc, data) VALUES(?1, ?2, ?3)");
        _insertBlob = database.Prepare("INSERT INTO blob(key, crc, data) VALUES(?1, ?2, ?3)");
        _insertActive = database.Prepare("INSERT INTO active(key, id) VALUES(?1, ?2)");
        _deleteActive = database.Prepare("DELETE FROM active WHERE key = ?1");
        _insertFinal = database.Prepare("INSERT INTO final(n, state, name, grp, finished_at) VALUES(?1, ?2, ?3, ?4, ?5)");
        _insertExpiry = database.Prepare("INSERT INTO expiry(n, at) VALUES(?1, ?2)");
        _deleteRecords = database.Prepare("DELETE FROM record WHERE key BETWEEN ?1 AND ?2");
        _deleteBlobs = database.Prepare("DELETE FROM blob WHERE key BETWEEN ?1 AND ?2");
        _putKey = database.Prepare("INSERT OR REPLACE INTO keyed(n, key, digest) VALUES(?1, ?2, ?3)");
        _putMeta = database.Prepare(Meta.Write);
    }

    /// <summary>What the tables have now.</summary>
    public Counters Counters => _counters;

    /// <inheritdoc cref="Counters"/>
    public JournalMark Mark => _mark;

    /// <summary>Writes all or none. After an exception this writer is not used again.</summary>
    public void Write(PendingBatch batch)
    {
        _begin.Run();
        var records = batch.Records;
        for (var i = 0; i < records.Length; i++)
        {
            if (records[i].Other is { } other)
            {
                Write(other);
            }
            else if (records[i].Job is { } job && job.In(batch).First == i)
            {
                Write(job, batch, i);
            }
        }

        _mark = _mark with { Position = batch.LastSequence };
        End();
    }

    /// <summary>Says how the store is used from now on.</summary>
    public void Write(JournalMark mark, long incarnation)
    {
        _begin.Run();
        _mark = mark;
        _counters = _counters with { Incarnation = incarnation };
        End();
    }

    private void End()
    {
        _counters.Write(_putMeta);
        _mark.Write(_putMeta);
        _commit.Run();
    }

    private void Write(Record record)
    {
        switch (record)
        {
            case Record.Minted minted:
                _counters = _counters with { MintedEpoch = Math.Max(_counters.MintedEpoch, minted.Epoch) };
                break;
            default:
                AddToDigest(_named.Write(record));
                break;
        }
    }

    private void Write(ActiveJob job, PendingBatch batch, int first)
    {
        if (job.Id.Home == _self)
        {
            // A job may end before it was ever in the tables; its number is given all the same.
            _counters = _counters with
            {
                LastNumber = Math.Max(_counters.LastNumber, job.Id.Number),
            };
        }

        // The job itself may be over by a record of the next batch.
        var isOver = batch.Records[job.In(batch).Last].IsLast;
        if (isOver && job.IsDropped)
        {
            Drop(job);
            return;
        }

        AppendRows(job, batch, first);
        if (job.Stored == 0 && job.Id.Home == _self && job.Terms.IdempotencyKey is { } key)
        {
            _putKey.Bind(1, job.Key).Bind(2, key).Bind(3, (long)job.Terms.Digest).Run();
        }

        if (isOver)
        {
            Leave(job);
            _insertFinal
                .Bind(1, job.Key)
                .Bind(2, FinalState.Of(job.End!.Value))
                .Bind(3, job.Terms.Name)
                .Bind(4, job.Terms.Group)
                .Bind(5, job.EndedAt)
                .Run();
            if (job.Terms.Retention is { } retention)
            {
                // A retention may be longer than there is time.
                var at = Math.Min(job.EndedAt, DateTimeOffset.MaxValue.UtcTicks - retention.Ticks) + retention.Ticks;
                _insertExpiry.Bind(1, job.Key).Bind(2, at).Run();
            }
        }
        else if (job.Stored == 0)
        {
            _insertActive.Bind(1, job.Key).Bind(2, job.Id.Home == _self ? null : job.Id.ToString()).Run();
        }
    }

    private void AppendRows(ActiveJob job, PendingBatch batch, int first)
    {
        var sequence = job.Stored;
        StartBuffer();
        var gathered = 0;
        for (var i = first; i >= 0; i = batch.Records[i].Next)
        {
            if (batch.Records[i].Large is { } large)
            {
                InsertGathered(job, ref sequence, ref gathered);
                InsertLarge(job, RecordKey.Of(job.Key, sequence++), large);
                StartBuffer();
                continue;
            }

            var bytes = batch.Records[i].Bytes;
            if (bytes.Length <= _inlineMaxBytes)
            {
                Gather(bytes, ref gathered);
                continue;
            }

            InsertGathered(job, ref sequence, ref gathered);
            InsertLarge(job, sequence++, bytes);
            StartBuffer();
        }

        InsertGathered(job, ref sequence, ref gathered);
    }

    // A row of several records: each has its length before it, as in the journal.
    private void Gather(ReadOnlySpan<byte> bytes, ref int gathered)
    {
        if (gathered++ == 0)
        {
            _buffer.GetSpan(1)[0] = JobRows.Several;
            _buffer.Advance(1);
        }

        BinaryPrimitives.WriteInt32LittleEndian(_buffer.GetSpan(Frame.RecordHeaderBytes), bytes.Length);
        _buffer.Advance(Frame.RecordHeaderBytes);
        _buffer.Write(bytes);
    }

    private void InsertGathered(ActiveJob job, ref int sequence, ref int gathered)
    {
        if (gathered > 0)
        {
            Insert(job, RecordKey.Of(job.Key, sequence));
            sequence += gathered;
            gathered = 0;
        }
    }

    // A large content or output is kept apart, so that reading the record stays quick.
    private void InsertLarge(ActiveJob job, int sequence, ReadOnlySpan<byte> bytes)
    {
        var key = RecordKey.Of(job.Key, sequence);
        StartBuffer();
        if (RecordParts.TrySplit(bytes, out var part, out var rest) && RecordParts.SizeOf(part) > _inlineMaxBytes)
        {
            InsertBlob(key, part);
            _buffer.Write([JobRows.Apart]);
            _buffer.Write(rest);
        }
        else
        {
            _buffer.Write([JobRows.Inline]);
            _buffer.Write(bytes);
        }

        Insert(job, key);
    }

    private void InsertBlob(long key, ReadOnlySpan<byte> data) => _insertBlob.Bind(1, key).Bind(2, Crc.Of(key, data)).Bind(3, data).Run();

    private void InsertLarge(ActiveJob job, long key, LargeRecord large)
    {
        StartBuffer();
        if (large.Record.LargeBytes() > _inlineMaxBytes)
        {
            InsertBlob(key, large);
            _buffer.Write([JobRows.Apart]);
            RecordCodec.Encode(PartedRecord.Rest(large.Record), _buffer);
        }
        else
        {
            _buffer.Write([JobRows.Inline]);
            RecordCodec.Encode(large.Record, _buffer);
        }

        Insert(job, key);
    }

    // SQLite would copy it twice on the way into its pages if it were given it whole.
    private void InsertBlob(long key, LargeRecord large)
    {
        var crc = Checksum(key, large);
        _insertBlob.Bind(1, key).Bind(2, crc).BindZeros(3, checked((int)large.PartBytes)).Run();
        WriteBlob(key, large);
        if (Checksum(key, large) != crc)
        {
            // The handler that returned it changes its memory, which it must not. With another checksum it would be taken for damage.
            _deleteBlobs.Bind(1, key).Bind(2, key).Run();
            InsertBlob(key, (byte[])[.. large.Part.SelectMany(static piece => piece.ToArray())]);
        }
    }

    private static uint Checksum(long key, LargeRecord large)
    {
        var crc = Crc.Begin(key);
        foreach (var piece in large.Part)
        {
            crc = Crc.Add(crc, piece.Span);
        }

        return Crc.End(crc);
    }

    private void WriteBlob(long key, LargeRecord large)
    {
        using var blob = _database.OpenBlob("blob", key, writable: true);
        var at = 0;
        foreach (var piece in large.Part)
        {
            for (var rest = piece.Span; !rest.IsEmpty; )
            {
                var part = rest[..Math.Min(WriteBytes, rest.Length)];
                blob.Write(at, part);
                at += part.Length;
                rest = rest[part.Length..];
            }
        }
    }

    private void Insert(ActiveJob job, long key)
    {
        var crc = Crc.Of(key, _buffer.WrittenSpan);
        _insertRecord.Bind(1, key).Bind(2, crc).Bind(3, _buffer.WrittenSpan).Run();
        var digest = Counters.DigestOf(crc);
        job.Digest += digest;
        AddToDigest(digest);
    }

    private void StartBuffer()
    {
        if (_buffer.Capacity > BufferKeepBytes)
        {
            _buffer = new ArrayBufferWriter<byte>();
        }

        _buffer.ResetWrittenCount();
    }

    private void Drop(ActiveJob job)
    {
        if (job.Stored > 0)
        {
            Leave(job);
            _deleteRecords.Bind(1, RecordKey.First(job.Key)).Bind(2, RecordKey.Last(job.Key)).Run();
            _deleteBlobs.Bind(1, RecordKey.First(job.Key)).Bind(2, RecordKey.Last(job.Key)).Run();
        }
    }

    private void Leave(ActiveJob job)
    {
        if (job.Stored > 0)
        {
            _deleteActive.Bind(1, job.Key).Run();
        }

        AddToDigest(0 - job.Digest);
    }

    // Wraps around: what is taken away is added as its negative.
    private void AddToDigest(ulong change) => _counters = _counters with { Digest = _counters.Digest + change };
}
