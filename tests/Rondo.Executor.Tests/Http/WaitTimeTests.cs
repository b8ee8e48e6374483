using Rondo.Executor.Http;

namespace Rondo.Executor.Tests.Http;

/// <summary>Waits as clients write them.</summary>
public sealed class WaitTimeTests
{
    [Theory]
    [InlineData("30s", 30_000)]
    [InlineData("1m30s", 90_000)]
    [InlineData("500ms", 500)]
    [InlineData("0s", 0)]
    [InlineData("5m1s20ms", 301_020)]
    [InlineData("9999h", 600_000)]
    [InlineData("1d", 600_000)]
    public void Text_OfNumbersAndUnits_IsReadAndBounded(string text, int milliseconds)
    {
        Assert.True(WaitTime.TryParse(text, out var wait));
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), wait);
    }

    [Theory]
    [InlineData("")]
    [InlineData("30")]
    [InlineData("s")]
    [InlineData("-1s")]
    [InlineData("1.5s")]
    [InlineData("1w")]
    [InlineData("1s ")]
    [InlineData("99999999999s")]
    public void Text_OfSomethingElse_IsNotAWait(string text) => Assert.False(WaitTime.TryParse(text, out _));
}
