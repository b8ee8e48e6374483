using SQLitePCL;

namespace Rondo.Storage.Sqlite;

/// <summary>The bytes of one row, read or written in pieces, so that they are never in memory as a whole.</summary>
internal sealed class Blob(Database database, sqlite3_blob handle) : IDisposable
{
    /// <summary>How many bytes it has.</summary>
    public int Length => raw.sqlite3_blob_bytes(handle);

    public void Read(int at, Span<byte> into) => database.Check(raw.sqlite3_blob_read(handle, into, at));

    public void Write(int at, ReadOnlySpan<byte> bytes) => database.Check(raw.sqlite3_blob_write(handle, bytes, at));

    public void Dispose() => handle.Dispose();
}
