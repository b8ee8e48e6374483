using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Rondo.Core.Tests;

public sealed class IndexListTests
{
    [Theory]
    [InlineData("7", new[] { 7 })]
    [InlineData("1-4", new[] { 1, 2, 3, 4 })]
    [InlineData("0-0", new[] { 0 })]
    [InlineData("1-10:3", new[] { 1, 4, 7, 10 })]
    [InlineData("1-9:3", new[] { 1, 4, 7 })]
    [InlineData("5,1,9", new[] { 5, 1, 9 })]
    [InlineData("8-9,1-2,20-26:3", new[] { 8, 9, 1, 2, 20, 23, 26 })]
    [InlineData("1-5:2,2-4:2", new[] { 1, 3, 5, 2, 4 })]
    [InlineData("2147483646-2147483647", new[] { 2147483646, 2147483647 })]
    [SuppressMessage("Assertions", "xUnit2017", Justification = "The list's own way through its items is what is looked at.")]
    public void Text_OfIndexes_IsThoseInTheirOrder(string text, int[] expected)
    {
        var list = Assert.IsType<IndexList>(IndexList.TryParse(text));

        Assert.Equal(expected.Length, list.Count);
        Assert.Equal(expected, list.ToArray());
        Assert.Equal(expected, ((IEnumerable)list).Cast<int>());
        Assert.Equal(expected, Enumerable.Range(0, list.Count).Select(index => list[index]));
        Assert.Throws<ArgumentOutOfRangeException>(() => list[-1]);
        Assert.Throws<ArgumentOutOfRangeException>(() => list[list.Count]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("-1")]
    [InlineData("4-1")]
    [InlineData("1-")]
    [InlineData("1,,2")]
    [InlineData("1-4:0")]
    [InlineData("1-4:")]
    [InlineData("4:2")]
    [InlineData("+4")]
    [InlineData(" 4")]
    [InlineData("2147483648")]
    [InlineData("1,2,1")]
    [InlineData("1-4,4-6")]
    [InlineData("1-9:2,5-10:5")]
    [InlineData("1-100001")]
    [InlineData("1-100000,200000")]
    [InlineData("0-2147483647:2")]
    public void Text_OfAnythingElse_IsNone(string text) => Assert.Null(IndexList.TryParse(text));

    [Fact]
    public void Text_OfAsManyAsThereMayBe_IsThose()
    {
        Assert.Equal(IndexList.Max, IndexList.TryParse("1-100000")!.Count);
        Assert.Equal(IndexList.Max, IndexList.TryParse("1-99999,200000")!.Count);
        Assert.Equal(1 + (99_999 * 21_475), IndexList.TryParse("1-2147483647:21475")![99_999]);
    }
}
