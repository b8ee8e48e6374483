namespace Rondo.Storage;

/// <summary>
/// A large content or output as the tables have it, encoded as in messages between executors: it was checked, and is read in pieces.
/// </summary>
public sealed class StoredPart
{
    private readonly StoreReader _store;
    private readonly long _key;

    internal StoredPart(StoreReader store, long key, int bytes) => (_store, _key, Bytes) = (store, key, bytes);

    /// <summary>How many bytes.</summary>
    public int Bytes { get; }

    /// <summary>Opens it for a few reads.</summary>
    /// <exception cref="StoreException">It was deleted since, or cannot be read.</exception>
    public PieceReader Open() => new(_store, _key, (0, Bytes));
}
