using System.Buffers.Binary;
using Rondo.Storage.Layout;

namespace Rondo.Storage.Journals;

/// <summary>
/// The form of a commit in the journal: a header and the records, each with its length before it, then zeros up to a multiple of
/// <see cref="Alignment"/>. All numbers are little-endian.
/// </summary>
/// <remarks>
/// Header: the mark (8 bytes), the commit's sequence number (8), the length of the records (4), and the CRC-32C over the mark and
/// all else (4). The mark is random and made anew at every start: what an earlier start left in a file is never taken for a commit, nor is
/// what a client put into a job, who cannot know it.
/// </remarks>
internal static class Frame
{
    public const int HeaderBytes = 24;
    public const int Alignment = 8;

    /// <summary>Before each record: its length.</summary>
    public const int RecordHeaderBytes = 4;

    private const int SequenceAt = 8;
    private const int LengthAt = 16;
    private const int CrcAt = 20;

    /// <summary>The zeros behind so many bytes of records.</summary>
    public static int Padding(int bytes) => -bytes & (Alignment - 1);

    /// <summary>Fills in the header of a whole frame.</summary>
    public static void Seal(in StagedFrame frame, ulong mark, ulong sequence)
    {
        var head = frame.Head.Span;
        BinaryPrimitives.WriteUInt64LittleEndian(head, mark);
        BinaryPrimitives.WriteUInt64LittleEndian(head[SequenceAt..], sequence);
        BinaryPrimitives.WriteInt32LittleEndian(head[LengthAt..], frame.RecordBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(head[CrcAt..], Checksum(frame, mark));
    }

    /// <summary>Whether a frame is still what it was when its header was filled in.</summary>
    public static bool IsSealed(in StagedFrame frame, ulong mark) =>
        BinaryPrimitives.ReadUInt32LittleEndian(frame.Head.Span[CrcAt..]) == Checksum(frame, mark);

    private static uint Checksum(in StagedFrame frame, ulong mark)
    {
        var crc = BeginChecksum(frame.Head.Span, mark);
        for (var i = 0; i < (frame.Others?.Count ?? 0); i++)
        {
            crc = Crc.Add(crc, frame.Others![i].Span);
        }

        return Crc.End(crc);
    }

    /// <summary>Finds the frame that begins here.</summary>
    /// <param name="records">Its records.</param>
    /// <returns>Its length in bytes; 0 when none of this mark begins here, or not a whole one.</returns>
    public static int Read(ReadOnlySpan<byte> bytes, ulong mark, out ulong sequence, out ReadOnlySpan<byte> records)
    {
        sequence = 0;
        records = default;
        if (bytes.Length < HeaderBytes || BinaryPrimitives.ReadUInt64LittleEndian(bytes) != mark)
        {
            return 0;
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes[LengthAt..]);
        if (length < 0 || (long)length + Padding(length) > bytes.Length - HeaderBytes)
        {
            return 0;
        }

        var frame = bytes[..(HeaderBytes + length + Padding(length))];
        sequence = BinaryPrimitives.ReadUInt64LittleEndian(bytes[SequenceAt..]);
        records = frame.Slice(HeaderBytes, length);
        return BinaryPrimitives.ReadUInt32LittleEndian(frame[CrcAt..]) == Crc.End(BeginChecksum(frame, mark)) ? frame.Length : 0;
    }

    private static uint BeginChecksum(ReadOnlySpan<byte> frame, ulong mark)
    {
        var head = Crc.Of((long)mark, frame[SequenceAt..CrcAt]);
        return Crc.Add(Crc.Begin(head), frame[HeaderBytes..]);
    }
}
