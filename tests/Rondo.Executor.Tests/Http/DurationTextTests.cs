namespace Rondo.Executor.Tests.Http;

/// <summary>Lengths of time as clients write them.</summary>
public sealed class DurationTextTests
{
    [Theory]
    [InlineData("1h30m", 5_400_000)]
    [InlineData("2d", 172_800_000)]
    [InlineData("1d1h1m1s1ms", 90_061_001)]
    [InlineData("500ms", 500)]
    [InlineData("0s", 0)]
    public void Text_IsReadAndWrittenAsTheSame(string text, long milliseconds)
    {
        Assert.True(DurationText.TryParse(text, out var duration));
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), duration);
        Assert.Equal(text, DurationText.Of(duration));
    }

    [Theory]
    [InlineData("90s", "1m30s")]
    [InlineData("36h", "1d12h")]
    public void Text_OfLargeNumbers_IsWrittenInLargerUnits(string text, string shorter)
    {
        Assert.True(DurationText.TryParse(text, out var duration));
        Assert.Equal(shorter, DurationText.Of(duration));
    }

    [Theory]
    [InlineData("")]
    [InlineData("30")]
    [InlineData("h")]
    [InlineData("-1s")]
    [InlineData("1.5h")]
    [InlineData("1 h")]
    [InlineData("1H")]
    [InlineData("10001d")]
    [InlineData("9999d9999d")]
    [InlineData("999999999999999999999s")]
    public void Text_OfSomethingElse_IsNotADuration(string text) => Assert.False(DurationText.TryParse(text, out _));

    [Fact]
    public void Text_OfManyLongParts_IsNoDuration() =>
        Assert.False(DurationText.TryParse(string.Concat(Enumerable.Repeat("9999d", 2_000)), out _));
}
