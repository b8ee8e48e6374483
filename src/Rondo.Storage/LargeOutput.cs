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
    public PieceReader Open(bool errors = false) => new(_store, _key, errors ? _layout.Errors : _layout.Result);
}
