using Rondo.Storage.Layout;

namespace Rondo.Storage;

/// <summary>Reads pieces of a <see cref="LargeOutput"/> or a <see cref="StoredPart"/>, all of one moment of the store. To be disposed of soon.</summary>
public sealed class PieceReader : IDisposable
{
    private readonly StoreReader _store;
    private readonly (int At, int Length) _part;
    private readonly ReadConnection _connection;
    private readonly Sqlite.Blob _blob;
    private bool _failed;

    internal PieceReader(StoreReader store, long key, (int At, int Length) part)
    {
        (_store, _part) = (store, part);
        _connection = store.Rent();
        try
        {
            _blob = _connection.OpenPart(key);
        }
        catch
        {
            _connection.Dispose();
            throw;
        }
    }

    /// <summary>Reads from an offset on.</summary>
    /// <returns>How many bytes; 0 at the end.</returns>
    /// <exception cref="StoreException">It cannot be read.</exception>
    public int Read(int offset, Span<byte> into)
    {
        var piece = into[..Math.Min(into.Length, Math.Max(_part.Length - offset, 0))];
        if (!piece.IsEmpty)
        {
            _failed = true;
            _blob.Read(_part.At + offset, piece);
            _failed = false;
        }

        return piece.Length;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _blob.Dispose();
        if (_failed)
        {
            _connection.Dispose();
        }
        else
        {
            _store.Return(_connection);
        }
    }
}
