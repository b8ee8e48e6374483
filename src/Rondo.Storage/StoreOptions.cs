using Rondo.Core;

namespace Rondo.Storage;

/// <summary>How a store is kept. The defaults are right unless a measurement says otherwise.</summary>
public sealed record StoreOptions
{
    /// <summary>The identity that a new data directory gets; null for a random one. An existing one keeps its own.</summary>
    public ExecutorId? NewId { get; init; }

    /// <summary>A content or output of more bytes than this is kept apart from its record, so that reading the record stays quick.</summary>
    public int InlineMaxBytes { get; init; } = 4096;

    /// <summary>
    /// A content or output that is kept apart and has more bytes than this is not loaded at a start, only checked: the records name it by
    /// <see cref="StoredContent"/> or <see cref="StoredOutput"/>.
    /// </summary>
    public long LoadMaxBytes { get; init; } = long.MaxValue;

    /// <summary>The largest file of the journal, in bytes. A commit that is larger than that gets a file of its size.</summary>
    public long JournalFileBytes { get; init; } = 16L << 20;

    /// <summary>
    /// After so many bytes of commits they are written from the journal into the tables. The more there are, the more jobs begin and end
    /// among them, of which the tables need only the end.
    /// </summary>
    public long WriteBehindBytes { get; init; } = 8L << 20;

    /// <summary>After this time they are written at the latest: a start has little to make up for.</summary>
    public TimeSpan WriteBehindAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A commit waits while so many bytes wait to be written into the tables, besides those that are being written.</summary>
    public long PendingMaxBytes { get; init; } = 16L << 20;

    /// <summary>After so many bytes of SQLite's own log they are moved into its file.</summary>
    public long CheckpointBytes { get; init; } = 4L << 20;

    /// <summary>That log is cut to so many bytes when it starts over. A reader that takes long, such as a backup, lets it grow further.</summary>
    public long LogMaxBytes { get; init; } = 64L << 20;

    /// <summary>How much of the file the writer keeps in memory, in bytes.</summary>
    public long CacheBytes { get; init; } = 16L << 20;
}
