using Rondo.Core;
using Rondo.Storage.Sqlite;
using Rondo.Wire;

namespace Rondo.Storage.Layout;

/// <summary>The other members of the ring, a row each. Tells by how much a change of them changes the digest.</summary>
internal sealed class MemberRows(Database database)
{
    // Members have no key of their own in the checksum: their data has their id.
    private const long NoKey = 0;

    private readonly Statement _put = database.Prepare("INSERT OR REPLACE INTO member(id, crc, data) VALUES(?1, ?2, ?3)");
    private readonly Statement _delete = database.Prepare("DELETE FROM member WHERE id = ?1");
    private readonly Dictionary<ExecutorId, ulong> _digests = [];

    /// <summary>All members, and their part of the digest.</summary>
    public List<Member> Read(out ulong digest)
    {
        var members = new List<Member>();
        digest = 0;
        using var statement = database.Prepare("SELECT id, crc, data FROM member ORDER BY id");
        while (statement.Step())
        {
            var data = statement.Bytes(2);
            var crc = Crc.Of(NoKey, data);
            if (
                crc != statement.Number(1)
                || RecordCodec.Decode(data) is not Record.MemberKnown { Member: var member }
                || member.Id.ToString() != statement.Text(0)
            )
            {
                throw StoreException.Damaged(database.File, $"member {statement.Text(0)}", "the checksum does not match");
            }

            members.Add(member);
            _digests[member.Id] = Counters.DigestOf(crc);
            digest += Counters.DigestOf(crc);
        }

        return members;
    }

    public ulong Put(Record.MemberKnown known)
    {
        var data = RecordCodec.Encode(known);
        var crc = Crc.Of(NoKey, data);
        var id = known.Member.Id;
        _put.Bind(1, id.ToString()).Bind(2, crc).Bind(3, data).Run();
        var change = Counters.DigestOf(crc) - _digests.GetValueOrDefault(id);
        _digests[id] = Counters.DigestOf(crc);
        return change;
    }

    public ulong Delete(ExecutorId id)
    {
        _delete.Bind(1, id.ToString()).Run();
        return _digests.Remove(id, out var digest) ? 0 - digest : 0;
    }
}
