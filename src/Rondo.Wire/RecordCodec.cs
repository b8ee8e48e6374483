using System.Buffers;
using Google.Protobuf;
using Rondo.Core;

namespace Rondo.Wire;

/// <summary>Records, and the large parts of them, to and from the bytes that stable storage keeps.</summary>
public static class RecordCodec
{
    /// <summary>The record as bytes.</summary>
    public static byte[] Encode(Record record) => RecordMapping.ToWire(record).ToByteArray();

    /// <summary>Appends the record's bytes.</summary>
    public static void Encode(Record record, IBufferWriter<byte> to) => RecordMapping.ToWire(record).WriteTo(to);

    /// <summary>Reads a record; null when it is of a kind that only newer versions know.</summary>
    /// <exception cref="WireFormatException">The bytes are not a record.</exception>
    public static Record? Decode(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return RecordMapping.FromWire(V1.StoredRecord.Parser.ParseFrom(bytes));
        }
        catch (InvalidProtocolBufferException malformed)
        {
            throw new WireFormatException($"not a record: {malformed.Message}", malformed);
        }
    }

    /// <summary>Reads a record whose content or output shares the memory of the bytes, which must not change any more.</summary>
    /// <returns>Null when it is of a kind that only newer versions know.</returns>
    /// <exception cref="WireFormatException">The bytes are not a record.</exception>
    public static Record? DecodeInPlace(ReadOnlyMemory<byte> bytes)
    {
        if (!RecordParts.TrySplit(bytes.Span, out var span, out var rest))
        {
            return Decode(bytes.Span);
        }

        bytes.Span.Overlaps(span, out var at);
        var part = bytes.Slice(at, span.Length);
        return Decode(rest) switch
        {
            Record.Accepted accepted => accepted with { Content = DecodeContentInPlace(part) },
            Record.Held held => held with { Content = DecodeContentInPlace(part) },
            Record.Finished finished => finished with { Outcome = finished.Outcome with { Output = DecodeOutputInPlace(part) } },
            _ => throw new WireFormatException("not a record: it is of two kinds"),
        };
    }

    /// <summary>Reads a content that shares the memory of its bytes, which must not change any more.</summary>
    /// <exception cref="WireFormatException">The bytes are not a content.</exception>
    public static JobContent DecodeContentInPlace(ReadOnlyMemory<byte> bytes)
    {
        RecordParts.CutSides(bytes, out var definition, out var input);
        return new JobContent(definition, input);
    }

    /// <summary>Reads an output that shares the memory of its bytes, which must not change any more.</summary>
    /// <exception cref="WireFormatException">The bytes are not an output.</exception>
    public static JobOutput DecodeOutputInPlace(ReadOnlyMemory<byte> bytes)
    {
        var rest = RecordParts.CutSides(bytes, out var result, out var errors);
        return DecodeOutput(rest) with { Result = result, Errors = errors };
    }

    /// <summary>Appends the bytes of a content that is kept apart from its record.</summary>
    public static void Encode(JobContent content, IBufferWriter<byte> to) => JobMapping.ToWire(content).WriteTo(to);

    /// <summary>Reads a content.</summary>
    /// <exception cref="WireFormatException">The bytes are not a content.</exception>
    public static JobContent DecodeContent(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return JobMapping.FromWire(V1.JobContent.Parser.ParseFrom(bytes));
        }
        catch (InvalidProtocolBufferException malformed)
        {
            throw new WireFormatException($"not a content: {malformed.Message}", malformed);
        }
    }

    /// <summary>Appends the bytes of an output that is kept apart from its record.</summary>
    public static void Encode(JobOutput output, IBufferWriter<byte> to) => JobMapping.ToWire(output).WriteTo(to);

    /// <summary>Reads an output.</summary>
    /// <exception cref="WireFormatException">The bytes are not an output.</exception>
    public static JobOutput DecodeOutput(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return JobMapping.FromWire(V1.JobOutput.Parser.ParseFrom(bytes));
        }
        catch (InvalidProtocolBufferException malformed)
        {
            throw new WireFormatException($"not an output: {malformed.Message}", malformed);
        }
    }
}
