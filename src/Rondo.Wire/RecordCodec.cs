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
