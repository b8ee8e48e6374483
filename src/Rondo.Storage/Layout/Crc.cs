using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using Rondo.Storage.Sqlite;

namespace Rondo.Storage.Layout;

/// <summary>CRC-32C (RFC 3720) over a row's key and its data: a row that was changed, or put under another key, does not match.</summary>
internal static class Crc
{
    public static uint Of(long key, ReadOnlySpan<byte> data) => End(Add(Begin(key), data));

    /// <summary>The checksum of a row that is read in pieces, of the size of the buffer.</summary>
    public static uint Of(long key, Blob row, Span<byte> buffer)
    {
        var sum = Begin(key);
        for (var at = 0; at < row.Length; at += buffer.Length)
        {
            var piece = buffer[..Math.Min(buffer.Length, row.Length - at)];
            row.Read(at, piece);
            sum = Add(sum, piece);
        }

        return End(sum);
    }

    /// <summary>Begins a checksum of data that comes in pieces.</summary>
    public static uint Begin(long key) => BitOperations.Crc32C(uint.MaxValue, (ulong)key);

    /// <summary>Ends it.</summary>
    public static uint End(uint crc) => ~crc;

    /// <summary>Adds a piece.</summary>
    public static uint Add(uint crc, ReadOnlySpan<byte> data)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(data);
        foreach (var word in words)
        {
            crc = BitOperations.Crc32C(crc, BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word));
        }

        foreach (var rest in data[(words.Length * sizeof(ulong))..])
        {
            crc = BitOperations.Crc32C(crc, rest);
        }

        return crc;
    }
}
