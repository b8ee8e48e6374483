using System.Diagnostics;
using Rondo.Core;
using Rondo.Storage.Sqlite;

namespace Rondo.Storage.Layout;

/// <summary>The other members of the ring, and the crons that are kept here.</summary>
internal sealed class NamedTables(Database database)
{
    private readonly NamedRows _members = new(database, "member", static record => (record as Record.MemberKnown)?.Member.Id.ToString());
    private readonly NamedRows _crons = new(database, "cron", static record => (record as Record.CronKept)?.Cron.Name);

    /// <summary>All that they have, and its part of the digest.</summary>
    public (List<Member> Members, List<Cron> Crons) Read(out ulong digest)
    {
        var members = _members.Read(out var ofMembers).ConvertAll(record => ((Record.MemberKnown)record).Member);
        var crons = _crons.Read(out var ofCrons).ConvertAll(record => ((Record.CronKept)record).Cron);
        digest = ofMembers + ofCrons;
        return (members, crons);
    }

    /// <summary>Writes what a record says.</summary>
    /// <returns>By how much the digest changes.</returns>
    public ulong Write(Record record) =>
        record switch
        {
            Record.MemberKnown => _members.Put(record),
            Record.MemberGone gone => _members.Delete(gone.Id.ToString()),
            Record.CronKept => _crons.Put(record),
            Record.CronGone gone => _crons.Delete(gone.Name),
            _ => throw new UnreachableException(),
        };
}
