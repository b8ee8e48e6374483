using Rondo.Wire;
using Xunit;

namespace Rondo.Storage.Tests.Wire;

/// <summary>What older versions wrote must stay readable, and older members of a ring must understand what this one says.</summary>
/// <remarks>A line of a fixture never changes. A new kind adds a line: take it from the message of the test that fails.</remarks>
public sealed class GoldenBytesTests
{
    [Fact]
    public void Records_AreWrittenAsEver() => Check("records.txt", Samples.Records, RecordCodec.Encode, bytes => RecordCodec.Decode(bytes));

    [Fact]
    public void Messages_AreWrittenAsEver() =>
        Check("messages.txt", Samples.Messages, MessageCodec.Encode, bytes => MessageCodec.Decode(bytes));

    private static void Check<T>(string fixture, IReadOnlyList<T> samples, Func<T, byte[]> encode, Func<byte[], T?> decode)
        where T : class
    {
        var lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Fixtures", fixture));
        var actual = samples.Select(sample => $"{sample.GetType().Name} {Convert.ToHexStringLower(encode(sample))}").ToArray();
        Assert.True(lines.SequenceEqual(actual), $"{fixture} would have to be:\n{string.Join('\n', actual)}");
        for (var i = 0; i < lines.Length; i++)
        {
            var bytes = Convert.FromHexString(lines[i].Split(' ')[1]);
            Assert.Equal(Structure.Of(samples[i]), Structure.Of(decode(bytes)));
        }
    }
}
