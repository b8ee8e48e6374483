using CsCheck;
using Rondo.Core;
using Rondo.Wire;
using Xunit;
using Record = Rondo.Core.Record;

namespace Rondo.Storage.Tests.Wire;

public sealed class RoundTripTests
{
    [Fact]
    public void Record_EncodedAndDecoded_IsTheSame() =>
        AnyRecord.All.Sample(
            record => Assert.Equal(Structure.Of(record), Structure.Of(RecordCodec.Decode(RecordCodec.Encode(record)))),
            iter: 5_000
        );

    [Fact]
    public void Message_EncodedAndDecoded_IsTheSame() =>
        AnyMessage.All.Sample(
            message => Assert.Equal(Structure.Of(message), Structure.Of(MessageCodec.Decode(MessageCodec.Encode(message)))),
            iter: 5_000
        );

    [Fact]
    public void Samples_OfEachKind_AreComplete()
    {
        Assert.Equal(KindsOf(typeof(Record)), Samples.Records.Select(record => record.GetType().Name).Distinct().Order());
        Assert.Equal(KindsOf(typeof(Message)), Samples.Messages.Select(message => message.GetType().Name).Distinct().Order());
    }

    [Fact]
    public void Record_WithLocalTime_KeepsTheInstant()
    {
        var at = new DateTimeOffset(2026, 3, 1, 12, 0, 0, 7, TimeSpan.FromHours(2)).AddTicks(3);
        var decoded = (Record.CancelNoted)RecordCodec.Decode(RecordCodec.Encode(new Record.CancelNoted(Samples.Own, at)))!;
        Assert.Equal(at.UtcTicks, decoded.At.UtcTicks);
    }

    [Fact]
    public void Record_ThatCouldNotBeReadAgain_IsRefusedOnWriting()
    {
        Assert.Throws<WireFormatException>(() => RecordCodec.Encode(new Record.Offered(Samples.Own, default, default, default, 1)));
        Assert.Throws<WireFormatException>(() => RecordCodec.Encode(new Record.Offered(Samples.Own, default, Samples.Peer, default, -1)));
    }

    private static IEnumerable<string> KindsOf(Type vocabulary) =>
        vocabulary.GetNestedTypes().Where(type => !type.IsAbstract && type.IsAssignableTo(vocabulary)).Select(type => type.Name).Order();
}
