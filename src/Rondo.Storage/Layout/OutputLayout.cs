using Rondo.Storage.Sqlite;
using Rondo.Wire;

namespace Rondo.Storage.Layout;

/// <summary>Where in the row of a large output its two sides are, and what else it says.</summary>
internal sealed record OutputLayout((int At, int Length) Result, (int At, int Length) Errors, long ResultBytesDropped, string? ResultType)
{
    private const int PieceBytes = 64 << 10;

    /// <summary>Checks the row and finds its parts, without having it in memory as a whole.</summary>
    /// <param name="key">The row's key.</param>
    /// <param name="crc">What its checksum must be.</param>
    /// <exception cref="InvalidDataException">It does not match.</exception>
    /// <exception cref="WireFormatException">It is not an output.</exception>
    public static OutputLayout Of(Blob blob, long key, long crc)
    {
        var piece = new byte[PieceBytes];
        if (Crc.Of(key, blob, piece) != crc)
        {
            throw new InvalidDataException("the checksum does not match");
        }

        // The two sides are cut out of what is decoded: the rest is small.
        var rest = new List<byte>();
        (int, int) result = default;
        (int, int) errors = default;
        for (var at = 0; at < blob.Length; )
        {
            var head = piece.AsSpan(0, Math.Min(RecordParts.FieldHeadMaxBytes, blob.Length - at));
            blob.Read(at, head);
            var field = RecordParts.ReadHead(head, out var headBytes, out var length);
            if (length > blob.Length - at - headBytes)
            {
                throw new WireFormatException("not an output: a field is cut");
            }

            switch (field)
            {
                case RecordParts.ResultField:
                    result = (at + headBytes, length);
                    break;
                case RecordParts.ErrorsField:
                    errors = (at + headBytes, length);
                    break;
                case var _ when headBytes + length <= PieceBytes:
                    var whole = piece.AsSpan(0, headBytes + length);
                    blob.Read(at, whole);
                    rest.AddRange(whole);
                    break;
            }

            at += headBytes + length;
        }

        var small = RecordCodec.DecodeOutput([.. rest]);
        return new OutputLayout(result, errors, small.ResultBytesDropped, small.ResultType);
    }
}
