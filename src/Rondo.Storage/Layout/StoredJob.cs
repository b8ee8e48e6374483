using System.Diagnostics;
using Rondo.Core;
using Rondo.Storage.Pending;

namespace Rondo.Storage.Layout;

/// <summary>An unfinished job as the tables have it.</summary>
internal static class StoredJob
{
    public static ActiveJob Of(JobId id, long key, List<Record.OfJob> records, ulong digest)
    {
        var terms = records[0] switch
        {
            Record.Accepted accepted => accepted.Terms,
            Record.Held held => held.Terms,
            _ => throw new UnreachableException(),
        };
        return new ActiveJob(id, key, terms)
        {
            Records = records.Count,
            Stored = records.Count,
            Digest = digest,
        };
    }
}
