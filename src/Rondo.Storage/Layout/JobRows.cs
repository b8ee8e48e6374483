using Rondo.Core;
using Rondo.Storage.Sqlite;
using Rondo.Wire;

namespace Rondo.Storage.Layout;

/// <summary>Reads a job's records and checks each of them: what comes out is what was written, or it is a <see cref="StoreException"/>.</summary>
/// <param name="loadMaxBytes">A larger part that is kept apart is checked, and named instead of loaded.</param>
internal sealed class JobRows(Database database, ExecutorId self, long loadMaxBytes = long.MaxValue)
{
    /// <summary>The first byte of a record's data: where its content or output is.</summary>
    public const byte Inline = 0;

    /// <inheritdoc cref="Inline"/>
    public const byte Apart = 1;

    /// <summary>The first byte of a row with several records, each of them inline and with its length before it; from version 2 on.</summary>
    public const byte Several = 2;

    private const int GivenMaxBytes = 1 << 20;

    // A few rows are gone past sooner than another one is looked up.
    private const int MaxSteps = 8;

    private readonly Statement _records = database.Prepare("SELECT key, crc, data FROM record WHERE key >= ?1 ORDER BY key");

    // One that is loaded, and larger than ?2, is not given by SQLite, which would have it in memory a second time.
    private readonly Statement _blob = database.Prepare(
        "SELECT crc, length(data), CASE WHEN length(data) <= ?2 OR length(data) > ?3 THEN data END FROM blob WHERE key = ?1"
    );
    private bool _onRow;
    private JobTerms? _lastTerms;

    /// <summary>All records of a job, in order; none when it has none.</summary>
    /// <param name="key">The job's key.</param>
    /// <param name="id">The job's id, which each of its records must have.</param>
    /// <param name="parts">What else to read; a large part that is not wanted is empty.</param>
    /// <param name="digest">The records' part of the digest.</param>
    public List<Record.OfJob> Read(long key, JobId id, Parts parts, out ulong digest)
    {
        try
        {
            return ReadOn(key, id, parts, out digest);
        }
        finally
        {
            Reset();
        }
    }

    /// <summary>
    /// As <see cref="Read"/>, and stays where it is: the job with the next key is read from there. To be ended with <see cref="Reset"/>.
    /// </summary>
    public List<Record.OfJob> ReadOn(long key, JobId id, Parts parts, out ulong digest)
    {
        var records = new List<Record.OfJob>(4);
        digest = 0;
        try
        {
            for (MoveTo(RecordKey.First(key)); _onRow && _records.Number(0) <= RecordKey.Last(key); _onRow = _records.Step())
            {
                ReadRow(records, key, id, parts, ref digest);
            }
        }
        catch (Exception damage)
            when (damage is InvalidDataException or WireFormatException or StoreException { Kind: StoreFailure.Damaged })
        {
            var detail = (damage as StoreException)?.Detail ?? damage.Message;
            throw StoreException.Damaged(database.File, $"job {id}", $"record {records.Count + 1}: {detail}", damage);
        }

        return records;
    }

    /// <summary>Ends a reading.</summary>
    public void Reset()
    {
        _onRow = false;
        _records.Reset();
    }

    private void MoveTo(long key)
    {
        if (_onRow && _records.Number(0) <= key)
        {
            for (var steps = 0; _onRow && _records.Number(0) < key && steps < MaxSteps; steps++)
            {
                _onRow = _records.Step();
            }

            if (!_onRow || _records.Number(0) >= key)
            {
                return;
            }
        }

        Reset();
        _onRow = _records.Bind(1, key).Step();
    }

    private void ReadRow(List<Record.OfJob> records, long job, JobId id, Parts parts, ref ulong digest)
    {
        var key = _records.Number(0);
        if (key != RecordKey.Of(job, records.Count))
        {
            throw new InvalidDataException("it is missing");
        }

        var data = _records.Bytes(2);
        var crc = Check(key, _records.Number(1), data);
        digest += Counters.DigestOf(crc);
        if (data.IsEmpty)
        {
            throw new InvalidDataException("it is empty");
        }

        if (data[0] == Several)
        {
            for (data = data[1..]; !data.IsEmpty; )
            {
                records.Add(Decode(RecordBytes.Next(ref data), records.Count == 0, id));
            }

            return;
        }

        var record = Decode(data[1..], records.Count == 0, id);
        records.Add(data[0] == Apart ? Join(key, record, parts) : record);
    }

    private Record.OfJob Decode(ReadOnlySpan<byte> bytes, bool isFirst, JobId id)
    {
        if (RecordCodec.Decode(bytes) is not Record.OfJob record || record.Id != id)
        {
            throw new InvalidDataException("it is not a record of this job");
        }

        return !isFirst ? record
            : record is Record.Accepted accepted && id.Home == self ? ShareTerms(accepted)
            : record is Record.Held && id.Home != self ? record
            : throw new InvalidDataException("it is not the beginning of a job");
    }

    // Neighbours mostly have the same terms: one copy is enough for all that stay in memory.
    private Record.Accepted ShareTerms(Record.Accepted accepted)
    {
        if (accepted.Terms.Equals(_lastTerms))
        {
            return accepted with { Terms = _lastTerms };
        }

        _lastTerms = accepted.Terms;
        return accepted;
    }

    private Record.OfJob Join(long key, Record.OfJob record, Parts parts) =>
        record switch
        {
            Record.Accepted accepted when parts.HasFlag(Parts.Contents) => accepted with { Content = Content(key) },
            Record.Held held when parts.HasFlag(Parts.Contents) => held with { Content = Content(key) },
            Record.Finished finished when parts.HasFlag(Parts.Outputs) => finished with
            {
                Outcome = finished.Outcome with { Output = Output(key) },
            },
            _ => record,
        };

    private JobContent Content(long key) =>
        Blob(
            key,
            data => data.Length <= loadMaxBytes ? RecordCodec.DecodeContent(data) : new StoredContent(RecordParts.SizeOf(data)),
            RecordCodec.DecodeContentInPlace
        );

    private JobOutput Output(long key) =>
        Blob(
            key,
            data => data.Length <= loadMaxBytes ? RecordCodec.DecodeOutput(data) : new StoredOutput(RecordParts.SizeOf(data)),
            RecordCodec.DecodeOutputInPlace
        );

    private T Blob<T>(long key, Func<ReadOnlySpan<byte>, T> decode, Func<ReadOnlyMemory<byte>, T> decodeInPlace)
    {
        try
        {
            if (!_blob.Bind(1, key).Bind(2, GivenMaxBytes).Bind(3, loadMaxBytes).Step())
            {
                throw new InvalidDataException("its content or output is missing");
            }

            var length = _blob.Number(1);
            if (length > GivenMaxBytes && length <= loadMaxBytes)
            {
                var whole = GC.AllocateUninitializedArray<byte>((int)length);
                using var row = database.OpenBlob("blob", key);
                row.Read(0, whole);
                Check(key, _blob.Number(0), whole);
                return decodeInPlace(whole);
            }

            var data = _blob.Bytes(2);
            Check(key, _blob.Number(0), data);
            return decode(data);
        }
        finally
        {
            _blob.Reset();
        }
    }

    private static uint Check(long key, long expected, ReadOnlySpan<byte> data)
    {
        var crc = Crc.Of(key, data);
        return crc == expected ? crc : throw new InvalidDataException("the checksum does not match");
    }
}
