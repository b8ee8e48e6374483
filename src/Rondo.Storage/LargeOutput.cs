using Rondo.Storage.Layout;

namespace Rondo.Storage;

/// <summary>
/// An output that is too large to be held as a whole by everybody who reads it: it was checked, and is read in pieces. A reader that makes
/// long breaks closes what it has open, so that the store's log can be cut meanwhile.
/// </summary>
public sealed class LargeOutput
{
    private readonly StoreReader _store;
    private readonly long _key;
    private readonly OutputLayout _layout;

    internal LargeOutput(StoreReader store, long key, OutputLayout layout) => (_store, _key, _layout) = (store, key, layout);

    /// <summary>The bytes of standard output, or of what a handler returned.</summary>
    public int ResultBytes => _layout.Result.Length;

    /// <summary>The bytes of standard error.</summary>
    public int ErrorBytes => _layout.Errors.Length;

    /// <summary>Bytes of standard output beyond the bound, which were not kept.</summary>
    public long ResultBytesDropped => _layout.ResultBytesDropped;

    /// <summary>The media type of the result; null for bytes of which nothing is known.</summary>
    public string? ResultType => _layout.ResultType;

    /// <summary>Opens the result, or with <paramref name="errors"/> the errors, for a few reads.</summary>
    /// <exception cref="StoreException">It was deleted since, or cannot be read.</exception>
    public LargeOutputReader Open(bool errors = false) => new(_store, _key, errors ? _layout.Errors : _layout.Result);
}

/// <summary>Reads pieces of a <see cref="LargeOutput"/>, all of one moment of the store. To be disposed of soon.</summary>
public sealed class LargeOutputReader : IDisposable
{
    private readonly StoreReader _store;
    private readonly (int At, int Length) _part;
    private readonly ReadConnection _connection;
    private readonly Sqlite.Blob _blob;
    private bool _failed;

    internal LargeOutputReader(StoreReader store, long key, (int At, int Length) part)
    {
        (_store, _part) = (store, part);
        _connection = store.Rent();
        try
        {
            _blob = _connection.OpenOutput(key);
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
