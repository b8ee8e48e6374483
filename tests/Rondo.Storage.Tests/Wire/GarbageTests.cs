using Google.Protobuf;
using Rondo.Wire;
using Xunit;

namespace Rondo.Storage.Tests.Wire;

/// <summary>Whatever bytes come, a codec gives a value, null, or its one exception.</summary>
public sealed class GarbageTests
{
    private const int Inputs = 100_000;

    [Fact]
    public void Records_OfGarbage_AreNullOrRefused() =>
        Check([.. Samples.Records.Select(RecordCodec.Encode)], bytes => RecordCodec.Decode(bytes));

    [Fact]
    public void RecordsAndMessages_OfGarbageInPlace_AreNullOrRefused()
    {
        Check([.. Samples.Records.Select(RecordCodec.Encode)], bytes => RecordCodec.DecodeInPlace(bytes));
        Check([.. Samples.Messages.Select(MessageCodec.Encode)], bytes => MessageCodec.DecodeInPlace(bytes));
    }

    [Fact]
    public void Messages_OfGarbage_AreNullOrRefused() =>
        Check([.. Samples.Messages.Select(MessageCodec.Encode)], bytes => MessageCodec.Decode(bytes));

    [Fact]
    public void Contents_OfGarbage_AreRefused() =>
        Check(
            [
                [10, 1, 65, 18, 1, 66],
            ],
            bytes => RecordCodec.DecodeContent(bytes)
        );

    [Fact]
    public void Outputs_OfGarbage_AreRefused() =>
        Check(
            [
                [10, 1, 65, 18, 1, 66, 24, 1],
            ],
            bytes => RecordCodec.DecodeOutput(bytes)
        );

    [Fact]
    public void Kinds_OfNewerVersions_AreNull()
    {
        // Field 900, of length 2.
        byte[] newer = [0xA2, 0x38, 0x02, 0x08, 0x01];
        Assert.Null(RecordCodec.Decode(newer));
        Assert.Null(MessageCodec.Decode(newer));
    }

    [Fact]
    public void Fields_OfNewerVersions_AreIgnored()
    {
        byte[] field = [0xA2, 0x38, 0x02, 0x08, 0x01];
        var message = Samples.Messages[0];
        Assert.Equal(Structure.Of(message), Structure.Of(MessageCodec.Decode([.. MessageCodec.Encode(message), .. field])));
        var record = Samples.Records[0];
        Assert.Equal(Structure.Of(record), Structure.Of(RecordCodec.Decode([.. RecordCodec.Encode(record), .. field])));
    }

    [Theory]
    [InlineData("", 1, 5, "executor id")]
    [InlineData("K7Q2", 1, 5, "executor id")]
    [InlineData("k7q2k7q2k", 1, 5, "executor id")]
    [InlineData("k7q2", 0, 5, "job number")]
    [InlineData("k7q2", 1, -1, "time")]
    [InlineData("k7q2", 1, long.MaxValue, "time")]
    public void Values_OutOfTheirRange_AreRefusedWithWhatIsWrong(string home, long number, long at, string expected)
    {
        var wire = new Rondo.Wire.V1.StoredRecord
        {
            Id = new() { Home = home, Number = number },
            At = at,
            CancelNoted = new(),
        };
        var refused = Assert.Throws<WireFormatException>(() => RecordCodec.Decode(wire.ToByteArray()));
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
    }

    private static void Check(byte[][] valid, Func<byte[], object?> decode)
    {
        const int seed = 20260102;
        var random = new Random(seed);
        for (var i = 0; i < Inputs; i++)
        {
            var bytes = i % 2 == 0 ? Noise(random) : Mutated(random, valid[random.Next(valid.Length)]);
            try
            {
                decode(bytes);
            }
            catch (WireFormatException refused)
            {
                Assert.NotEmpty(refused.Message);
            }
            catch (Exception other)
            {
                Assert.Fail($"input {i} of seed {seed}, {Convert.ToHexString(bytes)}: {other}");
            }
        }
    }

    private static byte[] Noise(Random random)
    {
        var bytes = new byte[random.Next(64)];
        random.NextBytes(bytes);
        return bytes;
    }

    private static byte[] Mutated(Random random, byte[] valid)
    {
        var bytes = valid.AsSpan(0, random.Next(4) == 0 ? random.Next(valid.Length + 1) : valid.Length).ToArray();
        for (var changes = random.Next(4); changes > 0 && bytes.Length > 0; changes--)
        {
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        }

        return bytes;
    }
}
