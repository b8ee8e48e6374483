using System.Collections.Concurrent;
using Rondo.Core;
using Rondo.Storage.Layout;

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
    private volatile bool _disposed;

    internal StoreReader(string file, ExecutorId self)
    {
        _file = file;
        _self = self;
    }

    /// <summary>A job's records in their order; null when the job is neither of this home nor held here.</summary>
    /// <param name="id">The job.</param>
    /// <param name="whole">
    /// False leaves out contents and outputs that are kept apart for their size (see <see cref="StoreOptions.InlineMaxBytes"/>): they are
    /// empty in the records.
    /// </param>
    /// <exception cref="StoreException">The records are damaged or cannot be read.</exception>
    public IReadOnlyList<Record.OfJob>? FindJob(JobId id, bool whole = false) =>
        Read(connection => connection.Find(id, whole ? Parts.All : Parts.None));

    /// <summary>The job of this home that was handed in with this idempotency key; null when none is kept.</summary>
    /// <exception cref="StoreException">The job is damaged or cannot be read.</exception>
    public KeyedJob? FindKey(string key) => Read(connection => connection.FindKey(key));

    /// <summary>What the job wrote; null when it is unknown here or has not finished.</summary>
    /// <exception cref="StoreException">The output is damaged or cannot be read.</exception>
    public JobOutput? ReadOutput(JobId id) =>
        Read(connection => connection.Find(id, Parts.Outputs)?[^1] is Record.Finished finished ? finished.Outcome.Output : null);

    /// <summary>What the job does; null when it is unknown here.</summary>
    /// <exception cref="StoreException">The content is damaged or cannot be read.</exception>
    public JobContent? ReadContent(JobId id) =>
        Read(connection => connection.Find(id, Parts.Contents))
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
        return Read(connection => connection.ListFinished(below, limit, end, name, group));
    }

    /// <summary>Closes the connections that are not in use now; the others are closed after their use.</summary>
    public void Dispose()
    {
        _disposed = true;
        while (_idle.TryTake(out var connection))
        {
            connection.Dispose();
        }
    }

    private T Read<T>(Func<ReadConnection, T> read)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!_idle.TryTake(out var connection))
        {
            connection = new ReadConnection(_file, _self);
        }

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

        GiveBack(connection);
        return result;
    }

    private void GiveBack(ReadConnection connection)
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
