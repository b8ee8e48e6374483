using Rondo.Core;

namespace Rondo.Storage;

/// <summary>How a store is kept. The defaults are right unless a measurement says otherwise.</summary>
public sealed record StoreOptions
{
    /// <summary>The identity that a new data directory gets; null for a random one. An existing one keeps its own.</summary>
    public ExecutorId? NewId { get; init; }

    /// <summary>A content or output of more bytes than this is kept apart from its record, so that reading the record stays quick.</summary>
    public int InlineMaxBytes { get; init; } = 4096;

    /// <summary>After so many bytes of log they are moved into the file, beside the commits that go on.</summary>
    public long CheckpointBytes { get; init; } = 16L << 20;

    /// <summary>
    /// A log of so many bytes makes commits wait, for a moment, until the rest of it is in the file and the log starts over. Only a
    /// reader that takes long, such as a backup, lets it grow further.
    /// </summary>
    public long LogMaxBytes { get; init; } = 64L << 20;

    /// <summary>How much of the file the writer keeps in memory, in bytes.</summary>
    public long CacheBytes { get; init; } = 16L << 20;
}
