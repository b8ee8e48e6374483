using System.Buffers.Binary;
using Rondo.Storage.Sqlite;

namespace Rondo.Storage.Layout;

/// <summary>What a store has one of, and writes with every commit.</summary>
/// <param name="Incarnation">How often it was opened to be written.</param>
/// <param name="MintedEpoch">The highest epoch made here.</param>
/// <param name="LastNumber">The last number given to a job; it never goes back, whatever is deleted.</param>
/// <param name="Digest">
/// The sum of all that a start reads, see <see cref="DigestOf"/>: a row that vanished without a trace is noticed by it.
/// </param>
internal readonly record struct Counters(long Incarnation, long MintedEpoch, long LastNumber, ulong Digest)
{
    private const int Key = 2;

    public static Counters None { get; }

    /// <summary>A row's part of the digest; never 0, so that every row counts.</summary>
    public static ulong DigestOf(uint crc) => (1UL << 32) + crc;

    public static Counters Read(Database database)
    {
        var data = Meta.Read(database, Key, "its counters");
        if (data.Length != 4 * sizeof(long))
        {
            throw StoreException.Damaged(database.File, "its counters", $"they have {data.Length} bytes");
        }

        return new Counters(
            BinaryPrimitives.ReadInt64LittleEndian(data),
            BinaryPrimitives.ReadInt64LittleEndian(data.AsSpan(8)),
            BinaryPrimitives.ReadInt64LittleEndian(data.AsSpan(16)),
            BinaryPrimitives.ReadUInt64LittleEndian(data.AsSpan(24))
        );
    }

    /// <param name="statement">One of <see cref="Meta.Write"/>.</param>
    public void Write(Statement statement)
    {
        Span<byte> data = stackalloc byte[4 * sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(data, Incarnation);
        BinaryPrimitives.WriteInt64LittleEndian(data[8..], MintedEpoch);
        BinaryPrimitives.WriteInt64LittleEndian(data[16..], LastNumber);
        BinaryPrimitives.WriteUInt64LittleEndian(data[24..], Digest);
        statement.Bind(1, Key).Bind(2, Crc.Of(Key, data)).Bind(3, data).Run();
    }
}
