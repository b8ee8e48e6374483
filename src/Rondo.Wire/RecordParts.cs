using Rondo.Core;
using Kind = Rondo.Wire.V1.StoredRecord;

namespace Rondo.Wire;

/// <summary>
/// Takes an encoded record apart into its content or output and the rest, without decoding it: what is large is not copied on the way.
/// </summary>
public static class RecordParts
{
    /// <summary>The fields of an output that may be large.</summary>
    public const int ResultField = V1.JobOutput.ResultFieldNumber;

    /// <inheritdoc cref="ResultField"/>
    public const int ErrorsField = V1.JobOutput.ErrorsFieldNumber;

    /// <summary>What <see cref="ReadHead"/> needs at most.</summary>
    public const int FieldHeadMaxBytes = 20;

    private const int LengthDelimited = 2;
    private const int VarintBits = 7;
    private const int VarintMore = 0x80;

    // Where the large part of each kind of record is: the fields on the way to it.
    internal static readonly int[] AcceptedPath = [Kind.AcceptedFieldNumber, V1.AcceptedRecord.ContentFieldNumber];
    internal static readonly int[] HeldPath = [Kind.HeldFieldNumber, V1.HeldRecord.ContentFieldNumber];
    internal static readonly int[] FinishedPath =
    [
        Kind.FinishedFieldNumber,
        V1.FinishedRecord.OutcomeFieldNumber,
        V1.Outcome.OutputFieldNumber,
    ];

    /// <summary>Finds the content or output of a record.</summary>
    /// <param name="part">It, encoded as <see cref="RecordCodec"/> encodes it alone.</param>
    /// <param name="rest">The record with an empty content, or with nothing of its output but what is small.</param>
    /// <returns>False when the record has none.</returns>
    /// <exception cref="WireFormatException">The bytes are not a record.</exception>
    public static bool TrySplit(ReadOnlySpan<byte> record, out ReadOnlySpan<byte> part, out byte[] rest)
    {
        foreach (var path in (ReadOnlySpan<int[]>)[AcceptedPath, HeldPath, FinishedPath])
        {
            if (Locate(record, path) is var (at, length))
            {
                // What a job does must be there, if empty; what it wrote need not, but how much of that is missing is told with the job.
                part = record.Slice(at, length);
                rest = path == FinishedPath ? Without(record, path, false, SmallFields(part)) : Without(record, path, leavesEmpty: true);
                return true;
            }
        }

        part = default;
        rest = [];
        return false;
    }

    /// <summary>The bytes of both sides of an encoded content or output: <see cref="JobContent.Size"/>, <see cref="JobOutput.Size"/>.</summary>
    /// <exception cref="WireFormatException">The bytes are neither.</exception>
    public static long SizeOf(ReadOnlySpan<byte> part) =>
        (long)(Find(part, V1.JobContent.DefinitionFieldNumber)?.Length ?? 0) + (Find(part, V1.JobContent.InputFieldNumber)?.Length ?? 0);

    /// <summary>Cuts both sides out of an encoded content or output.</summary>
    /// <returns>The rest of it, which is small.</returns>
    /// <exception cref="WireFormatException">The bytes are neither.</exception>
    internal static byte[] CutSides(ReadOnlyMemory<byte> part, out ReadOnlyMemory<byte> first, out ReadOnlyMemory<byte> second)
    {
        (first, second) = (default, default);
        var rest = new List<byte>();
        for (var at = 0; at < part.Length; )
        {
            var field = ReadHead(part.Span[at..], out var headBytes, out var length);
            if (length > part.Length - at - headBytes)
            {
                throw new WireFormatException("not a record: a field is cut");
            }

            switch (field)
            {
                case ResultField:
                    first = part.Slice(at + headBytes, length);
                    break;
                case ErrorsField:
                    second = part.Slice(at + headBytes, length);
                    break;
                default:
                    rest.AddRange(part.Span.Slice(at, headBytes + length));
                    break;
            }

            at += headBytes + length;
        }

        return [.. rest];
    }

    private static byte[] SmallFields(ReadOnlySpan<byte> output)
    {
        var small = new List<byte>();
        for (var at = 0; at < output.Length; )
        {
            var field = ReadHead(output[at..], out var headBytes, out var length);
            if (length > output.Length - at - headBytes)
            {
                throw new WireFormatException("not a record: a field is cut");
            }

            if (field is not (ResultField or ErrorsField))
            {
                small.AddRange(output.Slice(at, headBytes + length));
            }

            at += headBytes + length;
        }

        return [.. small];
    }

    /// <summary>Reads the head of a field, which a content or output in pieces is gone through by.</summary>
    /// <param name="headBytes">How long the head is.</param>
    /// <param name="length">How long what is behind it is.</param>
    /// <returns>The field's number.</returns>
    /// <exception cref="WireFormatException">No field begins here.</exception>
    public static int ReadHead(ReadOnlySpan<byte> bytes, out int headBytes, out int length)
    {
        var at = 0;
        var tag = ReadVarint(bytes, ref at);
        var value = (tag & 7) switch
        {
            0 => SkipVarint(bytes, at),
            1 => (ulong)sizeof(long),
            2 => ReadVarint(bytes, ref at),
            5 => (ulong)sizeof(int),
            _ => throw new WireFormatException("not a record: a field of no kind"),
        };
        (headBytes, length) = (at, value <= int.MaxValue ? (int)value : throw new WireFormatException("not a record: a field is too long"));
        return (int)(tag >> 3);
    }

    /// <summary>
    /// The bytes of a message up to where a part of it begins that is put in as its last: the fields of a message may be in any order, so that what is
    /// large can follow, from wherever it is, without being copied.
    /// </summary>
    /// <param name="rest">The encoded message with an empty part, or without it.</param>
    /// <param name="path">The numbers of the fields on the way to the part.</param>
    /// <param name="partBytes">How long it is.</param>
    /// <exception cref="WireFormatException">The bytes are not a message, or the whole is too long for one.</exception>
    internal static byte[] Before(ReadOnlySpan<byte> rest, ReadOnlySpan<int> path, long partBytes)
    {
        if (path.IsEmpty)
        {
            return rest.ToArray();
        }

        var field = Find(rest, path[0]);
        var inner = field is { } found
            ? Before(rest.Slice(found.At, found.Length), path[1..], partBytes)
            : Before([], path[1..], partBytes);
        var others = field is { } it ? (byte[])[.. rest[..it.TagAt], .. rest[(it.At + it.Length)..]] : rest.ToArray();
        return [.. others, .. Head(path[0], inner.Length + partBytes), .. inner];
    }

    /// <summary>The head of a field of so many bytes.</summary>
    internal static byte[] Head(int field, long length) =>
        length <= int.MaxValue
            ? [.. Varint((field << 3) | LengthDelimited), .. Varint((int)length)]
            : throw new WireFormatException($"{length} bytes are too many for a message");

    private static ulong SkipVarint(ReadOnlySpan<byte> bytes, int at)
    {
        var start = at;
        ReadVarint(bytes, ref at);
        return (ulong)(at - start);
    }

    /// <summary>Where in a message a part of it is; null when it has none. Of parts that repeat it is the first.</summary>
    /// <exception cref="WireFormatException">The bytes are not a message.</exception>
    internal static (int At, int Length)? Locate(ReadOnlySpan<byte> message, ReadOnlySpan<int> path)
    {
        var (at, length) = (0, message.Length);
        foreach (var number in path)
        {
            if (Find(message.Slice(at, length), number) is not { } field)
            {
                return null;
            }

            (at, length) = (at + field.At, field.Length);
        }

        return (at, length);
    }

    /// <summary>A message without a part of it, which is there.</summary>
    /// <param name="leavesEmpty">True when it is there all the same, with nothing in it.</param>
    /// <param name="leaves">What stays of it.</param>
    internal static byte[] Without(
        ReadOnlySpan<byte> message,
        ReadOnlySpan<int> path,
        bool leavesEmpty,
        ReadOnlySpan<byte> leaves = default
    )
    {
        var field = Find(message, path[0])!.Value;
        var before = message[..field.TagAt];
        var after = message[(field.At + field.Length)..];
        if (path.Length == 1 && !leavesEmpty && leaves.IsEmpty)
        {
            return [.. before, .. after];
        }

        var inner = path.Length == 1 ? leaves.ToArray() : Without(message.Slice(field.At, field.Length), path[1..], leavesEmpty, leaves);
        return [.. before, .. message[field.TagAt..field.LengthAt], .. Varint(inner.Length), .. inner, .. after];
    }

    private static (int TagAt, int LengthAt, int At, int Length)? Find(ReadOnlySpan<byte> message, int field)
    {
        for (var at = 0; at < message.Length; )
        {
            var tagAt = at;
            var tag = ReadVarint(message, ref at);
            switch (tag & 7)
            {
                case 0:
                    ReadVarint(message, ref at);
                    break;
                case 1:
                    at += sizeof(long);
                    break;
                case 2:
                    var lengthAt = at;
                    var length = ReadVarint(message, ref at);
                    if (length > (ulong)(message.Length - at))
                    {
                        throw new WireFormatException("not a record: a field is cut");
                    }

                    if (tag >> 3 == (ulong)field)
                    {
                        return (tagAt, lengthAt, at, (int)length);
                    }

                    at += (int)length;
                    break;
                case 5:
                    at += sizeof(int);
                    break;
                default:
                    throw new WireFormatException("not a record: a field of no kind");
            }
        }

        return null;
    }

    private static ulong ReadVarint(ReadOnlySpan<byte> message, ref int at)
    {
        ulong value = 0;
        for (var shift = 0; shift < 64 && at < message.Length; shift += VarintBits)
        {
            var next = message[at++];
            value |= (ulong)(next & (VarintMore - 1)) << shift;
            if ((next & VarintMore) == 0)
            {
                return value;
            }
        }

        throw new WireFormatException("not a record: a number is cut");
    }

    private static byte[] Varint(int value)
    {
        var bytes = new List<byte>();
        for (var rest = (uint)value; ; rest >>= VarintBits)
        {
            if (rest < VarintMore)
            {
                bytes.Add((byte)rest);
                return [.. bytes];
            }

            bytes.Add((byte)(rest | VarintMore));
        }
    }
}
