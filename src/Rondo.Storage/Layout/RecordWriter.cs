using System.Buffers;
using System.Diagnostics;
using Rondo.Core;
using Rondo.Storage.Sqlite;
using Rondo.Wire;

namespace Rondo.Storage.Layout;

/// <summary>Writes records into the tables, each batch in one transaction.</summary>
internal sealed class RecordWriter
{
    // A buffer that grew for one large content is not kept.
    private const int BufferKeepBytes = 1 << 20;

    private readonly ExecutorId _self;
    private readonly int _inlineMaxBytes;
    private readonly ActiveJobs _active;
    private readonly NamedRows _members;
    private readonly NamedRows _crons;
    private readonly Statement _begin;
    private readonly Statement _commit;
    private readonly Statement _insertRecord;
    private readonly Statement _insertBlob;
    private readonly Statement _insertActive;
    private readonly Statement _deleteActive;
    private readonly Statement _insertFinal;
    private readonly Statement _deleteRecords;
    private readonly Statement _deleteBlobs;
    private readonly Statement _putKey;
    private readonly Statement _putMeta;
    private ArrayBufferWriter<byte> _buffer = new();
    private Counters _counters;

    public RecordWriter(Database database, ExecutorId self, int inlineMaxBytes, Recovery recovery)
    {
        _self = self;
        _inlineMaxBytes = inlineMaxBytes;
        _counters = recovery.Counters;
        _active = recovery.Active;
        _members = recovery.Members;
        _crons = recovery.Crons;
        _begin = database.Prepare("BEGIN IMMEDIATE");
        _commit = database.Prepare("COMMIT");
        _insertRecord = database.Prepare("INSERT INTO record(key, crc, data) VALUES(?1, ?2, ?3)");
        _insertBlob = database.Prepare("INSERT INTO blob(key, crc, data) VALUES(?1, ?2, ?3)");
        _insertActive = database.Prepare("INSERT INTO active(key, id) VALUES(?1, ?2)");
        _deleteActive = database.Prepare("DELETE FROM active WHERE key = ?1");
        _insertFinal = database.Prepare("INSERT INTO final(n, state, name, grp, finished_at) VALUES(?1, ?2, ?3, ?4, ?5)");
        _deleteRecords = database.Prepare("DELETE FROM record WHERE key BETWEEN ?1 AND ?2");
        _deleteBlobs = database.Prepare("DELETE FROM blob WHERE key BETWEEN ?1 AND ?2");
        _putKey = database.Prepare("INSERT OR REPLACE INTO keyed(n, key) VALUES(?1, ?2)");
        _putMeta = database.Prepare(Meta.Write);
    }

    /// <summary>Writes all or none. After an exception this writer is not used again.</summary>
    public void Write(IReadOnlyList<Record> records)
    {
        _begin.Run();
        for (var i = 0; i < records.Count; i++)
        {
            Write(records[i]);
        }

        _counters.Write(_putMeta);
        _commit.Run();
    }

    private void Write(Record record)
    {
        switch (record)
        {
            case Record.Minted minted:
                _counters = _counters with { MintedEpoch = Math.Max(_counters.MintedEpoch, minted.Epoch) };
                break;
            case Record.MemberKnown known:
                AddToDigest(_members.Put(known));
                break;
            case Record.MemberGone gone:
                AddToDigest(_members.Delete(gone.Id.ToString()));
                break;
            case Record.CronKept kept:
                AddToDigest(_crons.Put(kept));
                break;
            case Record.CronGone gone:
                AddToDigest(_crons.Delete(gone.Name));
                break;
            case Record.OfJob ofJob:
                Write(ofJob);
                break;
            default:
                throw new UnreachableException();
        }
    }

    private void Write(Record.OfJob record)
    {
        switch (record)
        {
            case Record.Accepted accepted:
                if (record.Id.Number <= _counters.LastNumber)
                {
                    throw new InvalidOperationException(
                        $"{record.Id} cannot be accepted: the last number given was {_counters.LastNumber}"
                    );
                }

                _active.Accept(record.Id, accepted.Terms);
                _counters = _counters with { LastNumber = record.Id.Number };
                _insertActive.Bind(1, record.Id.Number).Bind(2, (string?)null).Run();
                if (accepted.Terms.IdempotencyKey is { } idempotencyKey)
                {
                    _putKey.Bind(1, record.Id.Number).Bind(2, idempotencyKey).Run();
                }

                break;
            case Record.Held held when _active.Hold(record.Id, held.Terms):
                _insertActive.Bind(1, _active[record.Id].Key).Bind(2, record.Id.ToString()).Run();
                break;
            case Record.Dropped when record.Id.Home != _self:
                Drop(record.Id);
                return;
            case Record.Dropped:
                throw new InvalidOperationException($"{record.Id} cannot be dropped at its home");
        }

        Append(ref _active[record.Id], record);
        if (record is Record.Finished finished && record.Id.Home == _self)
        {
            End(finished);
        }
    }

    private void Append(ref ActiveJob job, Record.OfJob record)
    {
        if (job.Records == RecordKey.MaxRecords)
        {
            throw new InvalidOperationException($"{record.Id} has as many records as a job can have");
        }

        var key = RecordKey.Of(job.Key, job.Records);
        var crc = record switch
        {
            Record.Accepted r when r.Content.Size > _inlineMaxBytes => Insert(key, r with { Content = JobContent.Empty }, r.Content, null),
            Record.Held r when r.Content.Size > _inlineMaxBytes => Insert(key, r with { Content = JobContent.Empty }, r.Content, null),
            Record.Finished r when r.Outcome.Output.Size > _inlineMaxBytes => Insert(
                key,
                r with
                {
                    Outcome = r.Outcome with { Output = JobOutput.Empty },
                },
                null,
                r.Outcome.Output
            ),
            _ => Insert(key, record, null, null),
        };
        var digest = Counters.DigestOf(crc);
        job.Records++;
        job.Digest += digest;
        AddToDigest(digest);
    }

    private uint Insert(long key, Record.OfJob record, JobContent? content, JobOutput? output)
    {
        var apart = content is not null || output is not null;
        if (apart)
        {
            StartBuffer();
            if (content is not null)
            {
                RecordCodec.Encode(content, _buffer);
            }
            else
            {
                RecordCodec.Encode(output!, _buffer);
            }

            InsertBuffer(_insertBlob, key);
        }

        StartBuffer();
        _buffer.GetSpan(1)[0] = apart ? JobRows.Apart : JobRows.Inline;
        _buffer.Advance(1);
        RecordCodec.Encode(record, _buffer);
        return InsertBuffer(_insertRecord, key);
    }

    private uint InsertBuffer(Statement statement, long key)
    {
        var crc = Crc.Of(key, _buffer.WrittenSpan);
        statement.Bind(1, key).Bind(2, crc).Bind(3, _buffer.WrittenSpan).Run();
        return crc;
    }

    private void StartBuffer()
    {
        if (_buffer.Capacity > BufferKeepBytes)
        {
            _buffer = new ArrayBufferWriter<byte>();
        }

        _buffer.ResetWrittenCount();
    }

    private void End(Record.Finished finished)
    {
        var job = Leave(finished.Id);
        _insertFinal
            .Bind(1, job.Key)
            .Bind(2, FinalState.Of(finished.Outcome.End))
            .Bind(3, job.Terms.Name)
            .Bind(4, job.Terms.Group)
            .Bind(5, finished.At.UtcTicks)
            .Run();
    }

    private void Drop(JobId id)
    {
        var job = Leave(id);
        _deleteRecords.Bind(1, RecordKey.First(job.Key)).Bind(2, RecordKey.Last(job.Key)).Run();
        _deleteBlobs.Bind(1, RecordKey.First(job.Key)).Bind(2, RecordKey.Last(job.Key)).Run();
    }

    private ActiveJob Leave(JobId id)
    {
        var job = _active.Remove(id);
        _deleteActive.Bind(1, job.Key).Run();
        AddToDigest(0 - job.Digest);
        return job;
    }

    // Wraps around: what is taken away is added as its negative.
    private void AddToDigest(ulong change) => _counters = _counters with { Digest = _counters.Digest + change };
}
