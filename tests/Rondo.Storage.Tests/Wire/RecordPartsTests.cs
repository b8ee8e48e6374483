using CsCheck;
using Rondo.Core;
using Rondo.Wire;
using Xunit;
using Record = Rondo.Core.Record;

namespace Rondo.Storage.Tests.Wire;

/// <summary>An encoded record taken apart is what its parts are when each is encoded alone.</summary>
public sealed class RecordPartsTests
{
    [Fact]
    public void AnyRecord_IsSplitIntoItsLargePartAndTheRest() =>
        AnyRecord.All.Sample(record =>
        {
            var split = RecordParts.TrySplit(RecordCodec.Encode(record), out var part, out var rest);
            switch (record)
            {
                case Record.Accepted accepted:
                    Assert.True(split);
                    Check(accepted.Content, part);
                    Assert.Equal(RecordCodec.Encode(accepted with { Content = JobContent.Empty }), rest);
                    break;
                case Record.Held held:
                    Assert.True(split);
                    Check(held.Content, part);
                    Assert.Equal(RecordCodec.Encode(held with { Content = JobContent.Empty }), rest);
                    break;
                case Record.Finished finished:
                    Assert.Equal(finished.Outcome.Output != JobOutput.Empty && HasOutput(finished), split);
                    if (split)
                    {
                        Assert.Equal(finished.Outcome.Output.Size, RecordParts.SizeOf(part));
                        Assert.Equal(Structure.Of(finished.Outcome.Output), Structure.Of(RecordCodec.DecodeOutput(part)));
                        Assert.Equal(RecordCodec.Encode(PartedRecord.Rest(finished)), rest);
                    }

                    break;
                default:
                    Assert.False(split);
                    break;
            }
        });

    [Fact]
    public void AnyRecord_InPieces_IsTheSameRecordAndSplitAlike() =>
        AnyRecord.All.Sample(record =>
        {
            if (record is not Record.OfJob ofJob || PartedRecord.Of(ofJob) is not { } parted)
            {
                Assert.False(record is Record.Accepted or Record.Held or Record.Finished);
                return;
            }

            byte[] whole = [.. parted.Before.Span, .. parted.Part.SelectMany(piece => piece.ToArray())];
            Assert.Equal(parted.Before.Length + parted.PartBytes, whole.Length);
            Assert.Equal(Structure.Of(record), Structure.Of(RecordCodec.Decode(whole)!));
            Assert.Equal(Structure.Of(record), Structure.Of(RecordCodec.DecodeInPlace(whole)!));
            Assert.Equal(Structure.Of(record), Structure.Of(RecordCodec.DecodeInPlace(RecordCodec.Encode(record))!));
            if (RecordParts.TrySplit(whole, out var part, out var rest))
            {
                Assert.Equal(parted.Part.SelectMany(piece => piece.ToArray()), part.ToArray());
                Assert.Equal(Structure.Of(PartedRecord.Rest(ofJob)), Structure.Of(RecordCodec.Decode(rest)!));
            }
        });

    [Fact]
    public void InPlace_OfARecord_IsInTheMemoryOfItsBytes()
    {
        ReadOnlyMemory<byte> bytes = RecordCodec.Encode(new Record.Accepted(Samples.Own, Samples.At, Samples.AllTerms, Samples.Content));

        var accepted = Assert.IsType<Record.Accepted>(RecordCodec.DecodeInPlace(bytes));

        Assert.True(bytes.Span.Overlaps(accepted.Content.Input.Span));
        Assert.True(bytes.Span.Overlaps(accepted.Content.Definition.Span));
    }

    [Fact]
    public void AnyMessage_InPieces_IsTheSameMessage() =>
        AnyMessage.All.Sample(message =>
        {
            var bytes = MessageCodec.Encode(message);
            Assert.Equal(Structure.Of(message), Structure.Of(MessageCodec.DecodeInPlace(bytes)));
            var part = message switch
            {
                Message.Offer { Jobs: [var job] } => Encoded(to => RecordCodec.Encode(job.Content, to)),
                Message.Result { Jobs: [var job] } => Encoded(to => RecordCodec.Encode(job.Outcome.Output, to)),
                _ => null,
            };
            if (part is null)
            {
                Assert.Throws<ArgumentException>(() => MessageCodec.EncodeBefore(message, 0));
                return;
            }

            byte[] whole = [.. MessageCodec.EncodeBefore(message, part.Length), .. part];
            Assert.Equal(Structure.Of(message), Structure.Of(MessageCodec.Decode(whole)));
            Assert.Equal(Structure.Of(message), Structure.Of(MessageCodec.DecodeInPlace(whole)));
        });

    private static byte[] Encoded(Action<System.Buffers.ArrayBufferWriter<byte>> encode)
    {
        var bytes = new System.Buffers.ArrayBufferWriter<byte>();
        encode(bytes);
        return bytes.WrittenSpan.ToArray();
    }

    [Fact]
    public void Record_CutAnywhere_IsSplitOrRefusedAndNothingElse()
    {
        var bytes = RecordCodec.Encode(new Record.Accepted(Samples.Own, Samples.At, Samples.AllTerms, Samples.Content));
        for (var length = 0; length < bytes.Length; length++)
        {
            try
            {
                RecordParts.TrySplit(bytes.AsSpan(0, length), out _, out _);
            }
            catch (WireFormatException)
            {
                // What it is for.
            }
        }
    }

    private static bool HasOutput(Record.Finished finished) =>
        finished.Outcome.Output is not { Size: 0, ResultBytesDropped: 0, ErrorBytesDropped: 0, ResultType: null };

    private static void Check(JobContent content, ReadOnlySpan<byte> part)
    {
        Assert.Equal(content.Size, RecordParts.SizeOf(part));
        Assert.Equal(Structure.Of(content), Structure.Of(RecordCodec.DecodeContent(part)));
    }
}
