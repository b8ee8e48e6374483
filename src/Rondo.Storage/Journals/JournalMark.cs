using System.Buffers.Binary;
using Rondo.Storage.Layout;
using Rondo.Storage.Sqlite;

namespace Rondo.Storage.Journals;

/// <summary>How far the tables are, written in the transaction that brings them there: what the journal has beyond is applied at the next start.</summary>
/// <param name="Position">The last commit that is in the tables.</param>
/// <param name="Mark">The mark of the start that writes the journal now, see <see cref="Frame"/>.</param>
/// <param name="InUse">
/// False after an orderly end, and in a backup: the tables have all, and whatever lies beside them is of another time.
/// </param>
internal readonly record struct JournalMark(ulong Position, ulong Mark, bool InUse)
{
    private const int Key = 3;
    private const int Bytes = 24;

    /// <summary>The mark for the next start: of a new UUID, the half without its version.</summary>
    public JournalMark Renew() =>
        new(Position, BinaryPrimitives.ReadUInt64LittleEndian(Guid.NewGuid().ToByteArray().AsSpan(8)) | 1, InUse: true);

    public static JournalMark Read(Database database)
    {
        // Version 1 had no journal.
        if (!Meta.Has(database, Key))
        {
            return default;
        }

        var data = Meta.Read(database, Key, "its place in the journal");
        if (data.Length != Bytes)
        {
            throw StoreException.Damaged(database.File, "its place in the journal", $"it has {data.Length} bytes");
        }

        return new JournalMark(
            BinaryPrimitives.ReadUInt64LittleEndian(data),
            BinaryPrimitives.ReadUInt64LittleEndian(data.AsSpan(8)),
            BinaryPrimitives.ReadUInt64LittleEndian(data.AsSpan(16)) != 0
        );
    }

    /// <param name="statement">One of <see cref="Meta.Write"/>.</param>
    public void Write(Statement statement)
    {
        Span<byte> data = stackalloc byte[Bytes];
        BinaryPrimitives.WriteUInt64LittleEndian(data, Position);
        BinaryPrimitives.WriteUInt64LittleEndian(data[8..], Mark);
        BinaryPrimitives.WriteUInt64LittleEndian(data[16..], InUse ? 1UL : 0);
        statement.Bind(1, Key).Bind(2, Crc.Of(Key, data)).Bind(3, data).Run();
    }
}
