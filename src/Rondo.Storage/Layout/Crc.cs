using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Rondo.Storage.Layout;

/// <summary>CRC-32C (RFC 3720) over a row's key and its data: a row that was changed, or put under another key, does not match.</summary>
internal static class Crc
{
    public static uint Of(long key, ReadOnlySpan<byte> data)
    {
        var crc = BitOperations.Crc32C(uint.MaxValue, (ulong)key);
        var words = MemoryMarshal.Cast<byte, ulong>(data);
        foreach (var word in words)
        {
            crc = BitOperations.Crc32C(crc, BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word));
        }

        foreach (var rest in data[(words.Length * sizeof(ulong))..])
        {
            crc = BitOperations.Crc32C(crc, rest);
        }

        return ~crc;
    }
}
