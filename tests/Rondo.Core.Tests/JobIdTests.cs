namespace Rondo.Core.Tests;

public sealed class JobIdTests
{
    [Theory]
    [InlineData("k7q2-42", true)]
    [InlineData("k7q2-9223372036854775807", true)]
    [InlineData("k7q2-042", false)]
    [InlineData("k7q2-0", false)]
    [InlineData("k7q2-42\0", false)]
    [InlineData("k7q2-42 ", false)]
    [InlineData("k7q2-+42", false)]
    [InlineData("k7q2-9223372036854775808", false)]
    [InlineData("k7q2-", false)]
    [InlineData("k7q2", false)]
    [InlineData("-42", false)]
    public void Text_IsAnId_OnlyAsItIsWritten(string text, bool isId)
    {
        Assert.Equal(isId, JobId.TryParse(text, out var id));
        Assert.True(!isId || id.ToString() == text);
    }
}
