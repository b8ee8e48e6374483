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
                        var without = finished with { Outcome = finished.Outcome with { Output = JobOutput.Empty } };
                        Assert.Equal(RecordCodec.Encode(without), rest);
                    }

                    break;
                default:
                    Assert.False(split);
                    break;
            }
        });

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
