using Google.Protobuf;
using Rondo.Core;

namespace Rondo.Wire;

/// <summary>
/// A record as the bytes that stable storage keeps, in pieces, of which its content or output shares the memory of the core's: that must not change
/// as long as they are in use.
/// </summary>
/// <param name="Before">All that comes before the content or output, which is the last part.</param>
/// <param name="Part">It, encoded as <see cref="RecordCodec"/> encodes it alone: pieces that follow each other, none of them empty.</param>
/// <param name="PartBytes">How many bytes they are.</param>
public sealed record PartedRecord(ReadOnlyMemory<byte> Before, IReadOnlyList<ReadOnlyMemory<byte>> Part, long PartBytes)
{
    /// <summary>Takes a record apart; null when it has neither.</summary>
    /// <exception cref="WireFormatException">It is too long for a record.</exception>
    public static PartedRecord? Of(Record.OfJob record) =>
        record switch
        {
            Record.Accepted accepted => Of(Rest(record), Pieces(accepted.Content), RecordParts.AcceptedPath),
            Record.Held held => Of(Rest(record), Pieces(held.Content), RecordParts.HeldPath),
            Record.Finished finished => Of(
                finished with
                {
                    Outcome = finished.Outcome with { Output = JobOutput.Empty },
                },
                Pieces(finished.Outcome.Output),
                RecordParts.FinishedPath
            ),
            _ => null,
        };

    /// <summary>The record with an empty content, or with nothing of its output but what is small: <see cref="JobOutput.WithoutBytes"/>.</summary>
    public static Record.OfJob Rest(Record.OfJob record) =>
        record switch
        {
            Record.Accepted accepted => accepted with { Content = JobContent.Empty },
            Record.Held held => held with { Content = JobContent.Empty },
            Record.Finished finished => finished with
            {
                Outcome = finished.Outcome with { Output = finished.Outcome.Output.WithoutBytes() },
            },
            _ => record,
        };

    private static PartedRecord Of(Record.OfJob without, List<ReadOnlyMemory<byte>> part, ReadOnlySpan<int> path)
    {
        var bytes = part.Sum(piece => (long)piece.Length);
        return new PartedRecord(RecordParts.Before(RecordCodec.Encode(without), path, bytes), part, bytes);
    }

    private static List<ReadOnlyMemory<byte>> Pieces(JobContent content) =>
        content is not StoredContent
            ? Pieces([], (V1.JobContent.DefinitionFieldNumber, content.Definition), (V1.JobContent.InputFieldNumber, content.Input))
            : throw new WireFormatException("a content that only the store has cannot be written");

    private static List<ReadOnlyMemory<byte>> Pieces(JobOutput output)
    {
        var sides = output with { Result = default, Errors = default };
        return Pieces(
            JobMapping.ToWire(sides).ToByteArray(),
            (V1.JobOutput.ResultFieldNumber, output.Result),
            (V1.JobOutput.ErrorsFieldNumber, output.Errors)
        );
    }

    private static List<ReadOnlyMemory<byte>> Pieces(byte[] small, params ReadOnlySpan<(int Field, ReadOnlyMemory<byte> Bytes)> sides)
    {
        var pieces = new List<ReadOnlyMemory<byte>>();
        foreach (var (field, bytes) in sides)
        {
            if (!bytes.IsEmpty)
            {
                pieces.Add((byte[])[.. small, .. RecordParts.Head(field, bytes.Length)]);
                pieces.Add(bytes);
                small = [];
            }
        }

        if (small.Length > 0)
        {
            pieces.Add(small);
        }

        return pieces;
    }
}
