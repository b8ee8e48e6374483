using System.Collections.Concurrent;
using Rondo.Core;
using Rondo.Storage.Layout;
using Rondo.Storage.Pending;

namespace Rondo.Storage;

/// <summary>
/// Reads what is committed, from any thread, without holding up commits. Whatever does not match its checksum is a
/// <see cref="StoreException"/> that names the job and the file; it is never handed out.
/// </summary>
public sealed class StoreReader : IDisposable
{
    private const int IdleConnections = 4;

    private readonly ConcurrentBag<ReadConnection> _idle = [];
    private readonly string _file;
    private readonly ExecutorId _self;
    private readonly int _inlineMaxBytes;
    private PendingRecords? _pending;
    private volatile bool _disposed;

    internal StoreReader(string file, ExecutorId self, int inlineMaxBytes)
    {
        _file = file;
        _self = self;
        _inlineMaxBytes = inlineMaxBytes;
    }

    /// <summary>A job's records in their order; null when the job is neither of this home nor held here.</summary>
    /// <param name="id">The job.</param>
    /// <param name="whole">
    /// False leaves out contents and outputs that are kept apart for their size (see <see cref="StoreOptions.InlineMaxBytes"/>): they are
    /// empty in the records.
    /// </param>
    /// <exception cref="StoreException">The records are damaged or cannot be read.</exception>
    public IReadOnlyList<Record.OfJob>? FindJob(JobId id, bool whole = false) => Find(id, whole ? Parts.All : Parts.None);

    /// <summary>
    /// The job of this home that was handed in with this idempotency key; null when none is known. It may be deleted: its key is known for
    /// <see cref="SqliteStore.KeyLife"/> at least.
    /// </summary>
    /// <exception cref="StoreException">The job is damaged or cannot be read.</exception>
    public KeyedJob? FindKey(string key)
    {
        // First those that are not in the tables yet: one that gets there in between is found there.
        if (Volatile.Read(ref _pending)?.FindKey(key) is { } id && KeyedBy(key, id) is { } known)
        {
            return known;
        }

        return Read(connection => connection.FindKey(key)) is not { } row ? null
            : row.Digest is { } digest ? new KeyedJob(row.Id, digest)
            : KeyedBy(key, row.Id);
    }

    private KeyedJob? KeyedBy(string key, JobId id) =>
        Find(id, Parts.None) is [Record.Accepted { Terms: var terms }, ..] && terms.IdempotencyKey == key
            ? new KeyedJob(id, terms.Digest)
            : null;

    /// <summary>What the job wrote; null when it is unknown here or has not finished.</summary>
    /// <exception cref="StoreException">The output is damaged or cannot be read.</exception>
    public JobOutput? ReadOutput(JobId id) => Find(id, Parts.Outputs)?[^1] is Record.Finished finished ? finished.Outcome.Output : null;

    /// <summary>
    /// What a finished job of this home wrote, if it is large; null when it is not, or the job is unknown or has not finished. Of one that has
    /// just ended it waits until it is in the tables.
    /// </summary>
    /// <param name="leastBytes">From how many bytes on it is large; more than <see cref="StoreOptions.InlineMaxBytes"/>.</param>
    /// <exception cref="StoreException">The output is damaged or cannot be read.</exception>
    public LargeOutput? FindLargeOutput(JobId id, long leastBytes)
    {
        if (Volatile.Read(ref _pending) is { } pending && pending.BytesOf(id) >= leastBytes)
        {
            pending.Flush();
        }

        return Read(connection => connection.FindLargeOutput(id, leastBytes)) is { } found
            ? new LargeOutput(this, found.Key, found.Layout)
            : null;
    }

    /// <summary>
    /// What the job does, to be read in pieces; null when that is not large, or the job is unknown here. Of one that has just come it waits until it
    /// is in the tables.
    /// </summary>
    /// <exception cref="StoreException">The content is damaged or cannot be read.</exception>
    public StoredPart? OpenContent(JobId id) => Open(id, static record => record is Record.Accepted or Record.Held);

    /// <summary>As <see cref="OpenContent"/>, what the job wrote.</summary>
    /// <exception cref="StoreException">The output is damaged or cannot be read.</exception>
    public StoredPart? OpenOutput(JobId id) => Open(id, static record => record is Record.Finished);

    private StoredPart? Open(JobId id, Predicate<Record.OfJob> has)
    {
        if (Volatile.Read(ref _pending) is { } pending && pending.BytesOf(id) > _inlineMaxBytes)
        {
            pending.Flush();
        }

        return Read(connection => connection.FindPart(id, has)) is { } found ? new StoredPart(this, found.Key, found.Bytes) : null;
    }

    /// <summary>What the job does; null when it is unknown here.</summary>
    /// <exception cref="StoreException">The content is damaged or cannot be read.</exception>
    public JobContent? ReadContent(JobId id) =>
        Find(id, Parts.Contents)
            ?.Select(record =>
                record switch
                {
                    Record.Accepted accepted => accepted.Content,
                    Record.Held held => held.Content,
                    _ => null,
                }
            )
            .LastOrDefault(content => content is not null);

    /// <summary>The finished jobs of this home, newest first, each with its records but without what is kept apart for its size.</summary>
    /// <param name="below">Only jobs with a number lower than this.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="end">Only those that ended so; null for all.</param>
    /// <param name="name">Only those of this name; null for all.</param>
    /// <param name="group">Only those of this group; null for all.</param>
    /// <exception cref="StoreException">One of them is damaged or cannot be read.</exception>
    public IReadOnlyList<IReadOnlyList<Record.OfJob>> ListFinished(
        long below,
        int limit,
        JobEnd? end = null,
        string? name = null,
        string? group = null
    )
    {
        // To SQLite a negative limit is none at all.
        ArgumentOutOfRangeException.ThrowIfNegative(limit);

        // First those that are not in the tables yet: one that gets there in between is found twice, never not at all.
        var pending =
            _pending?.ListEnded(
                below,
                limit,
                job =>
                    (end is null || job.End == end)
                    && (name is null || job.Terms.Name == name)
                    && (group is null || job.Terms.Group == group)
            ) ?? [];
        var stored = Read(connection => connection.ListFinished(below, limit, end, name, group));
        return pending.Count == 0 ? stored : Merge(pending, stored, limit);
    }

    /// <summary>What is committed but not in the tables yet, once there can be any.</summary>
    internal void Use(PendingRecords pending) => Volatile.Write(ref _pending, pending);

    /// <summary>Closes the connections that are not in use now; the others are closed after their use.</summary>
    public void Dispose()
    {
        _disposed = true;
        while (_idle.TryTake(out var connection))
        {
            connection.Dispose();
        }
    }

    private List<IReadOnlyList<Record.OfJob>> Merge(List<long> pending, List<IReadOnlyList<Record.OfJob>> stored, int limit)
    {
        var known = stored.Select(records => records[0].Id.Number).ToHashSet();
        return
        [
            .. pending
                .Where(number => !known.Contains(number))
                .Select(number => Find(new JobId(_self, number), Parts.None))
                .OfType<IReadOnlyList<Record.OfJob>>()
                .Concat(stored)
                .OrderByDescending(records => records[0].Id.Number)
                .Take(limit),
        ];
    }

    private List<Record.OfJob>? Find(JobId id, Parts parts)
    {
        while (true)
        {
            if (Volatile.Read(ref _pending)?.Find(id) is not { } pending)
            {
                return Read(connection => connection.Find(id, parts));
            }

            var records = pending.Stored > 0 ? Read(connection => connection.Find(id, parts)) : [];
            if (records is null)
            {
                // Forgotten, or even deleted, since.
                return null;
            }

            if (records.Count >= pending.Stored)
            {
                return Join(records, pending, parts);
            }

            // It was forgotten and held anew in between.
        }
    }

    private List<Record.OfJob>? Join(List<Record.OfJob> records, PendingJob pending, Parts parts)
    {
        // Some may have come into the tables since.
        for (var i = records.Count - pending.Stored; i < pending.Records.Count; i++)
        {
            var record = pending.Records[i].Decode();
            if (record is Record.Dropped)
            {
                return null;
            }

            records.Add(LargeParts.Strip(record, parts, _inlineMaxBytes));
        }

        return records;
    }

    private T Read<T>(Func<ReadConnection, T> read)
    {
        var connection = Rent();
        T result;
        try
        {
            result = connection.InOneMoment(read);
        }
        catch
        {
            connection.Dispose();
            throw;
        }

        Return(connection);
        return result;
    }

    /// <summary>A connection, to be given back by <see cref="Return"/>, or disposed of after a failure.</summary>
    internal ReadConnection Rent()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _idle.TryTake(out var connection) ? connection : new ReadConnection(_file, _self);
    }

    /// <summary>The connection is not in use any more.</summary>
    internal void Return(ReadConnection connection)
    {
        if (_idle.Count < IdleConnections)
        {
            _idle.Add(connection);
        }
        else
        {
            connection.Dispose();
        }

        if (_disposed)
        {
            Dispose();
        }
    }
}
