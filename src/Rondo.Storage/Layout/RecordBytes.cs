using System.Buffers.Binary;
using Rondo.Storage.Journals;

namespace Rondo.Storage.Layout;

/// <summary>Records one behind the other, each with its length before it.</summary>
internal static class RecordBytes
{
    /// <summary>Takes the first record off.</summary>
    /// <exception cref="InvalidDataException">None begins here.</exception>
    public static ReadOnlySpan<byte> Next(ref ReadOnlySpan<byte> bytes)
    {
        var length = bytes.Length >= Frame.RecordHeaderBytes ? BinaryPrimitives.ReadInt32LittleEndian(bytes) : -1;
        if (length < 0 || length > bytes.Length - Frame.RecordHeaderBytes)
        {
            throw new InvalidDataException("its length is wrong");
        }

        var record = bytes.Slice(Frame.RecordHeaderBytes, length);
        bytes = bytes[(Frame.RecordHeaderBytes + length)..];
        return record;
    }
}
