using Rondo.Core;
using Rondo.Storage.Sqlite;
using Rondo.Wire;

namespace Rondo.Storage.Layout;

/// <summary>Things that are known by a name and are replaced whole, a row each. Tells by how much a change of them changes the digest.</summary>
/// <param name="table">The table, of columns id, crc and data.</param>
/// <param name="nameOf">The name of what a record keeps; null for a record of another kind.</param>
internal sealed class NamedRows(Database database, string table, Func<Record, string?> nameOf)
{
    // They have no key of their own in the checksum: their data has their name.
    private const long NoKey = 0;

    private readonly Statement _put = database.Prepare($"INSERT OR REPLACE INTO {table}(id, crc, data) VALUES(?1, ?2, ?3)");
    private readonly Statement _delete = database.Prepare($"DELETE FROM {table} WHERE id = ?1");
    private readonly Dictionary<string, ulong> _digests = [];

    /// <summary>All rows as the records that they were written from, and their part of the digest.</summary>
    public List<Record> Read(out ulong digest)
    {
        var records = new List<Record>();
        digest = 0;
        using var statement = database.Prepare($"SELECT id, crc, data FROM {table} ORDER BY id");
        while (statement.Step())
        {
            var data = statement.Bytes(2);
            var crc = Crc.Of(NoKey, data);
            if (
                crc != statement.Number(1)
                || RecordCodec.Decode(data) is not { } record
                || nameOf(record) is not { } name
                || name != statement.Text(0)
            )
            {
                throw StoreException.Damaged(database.File, $"{table} {statement.Text(0)}", "the checksum does not match");
            }

            records.Add(record);
            _digests[name] = Counters.DigestOf(crc);
            digest += Counters.DigestOf(crc);
        }

        return records;
    }

    public ulong Put(Record record)
    {
        var name = nameOf(record)!;
        var data = RecordCodec.Encode(record);
        var crc = Crc.Of(NoKey, data);
        _put.Bind(1, name).Bind(2, crc).Bind(3, data).Run();
        var change = Counters.DigestOf(crc) - _digests.GetValueOrDefault(name);
        _digests[name] = Counters.DigestOf(crc);
        return change;
    }

    public ulong Delete(string name)
    {
        _delete.Bind(1, name).Run();
        return _digests.Remove(name, out var digest) ? 0 - digest : 0;
    }
}
