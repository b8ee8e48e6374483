using System.Collections;

namespace Rondo.Core.Tests;

public sealed class EquatableListTests
{
    [Fact]
    public void Lists_OfTheSameItemsInTheSameOrder_AreEqual()
    {
        var list = new EquatableList<string>("a", "b");

        Assert.True(list.Equals(list));
        Assert.True(list.Equals(new EquatableList<string>("a", "b")));
        Assert.True(list.Equals((object)new EquatableList<string>("a", "b")));
        Assert.Equal(list.GetHashCode(), new EquatableList<string>("a", "b").GetHashCode());
    }

    [Fact]
    public void Lists_OfOtherItems_AreNotEqual()
    {
        var list = new EquatableList<string>("a", "b");

        Assert.False(list.Equals(new EquatableList<string>("b", "a")));
        Assert.False(list.Equals(new EquatableList<string>("a")));
        Assert.False(list.Equals((EquatableList<string>?)null));
        Assert.False(list.Equals((object)"a"));
        Assert.NotEqual(list.GetHashCode(), new EquatableList<string>("b", "a").GetHashCode());
    }

    [Fact]
    public void Items_AreThereInTheirOrder_HoweverTheyAreAskedFor()
    {
        var list = new EquatableList<int>(3, 1, 2);

        Assert.Equal(3, list.Count);
        Assert.Equal([3, 1, 2], new[] { list[0], list[1], list[2] });
        Assert.Equal([3, 1, 2], list.AsSpan());
        Assert.Equal(new object[] { 3, 1, 2 }, ((IEnumerable)list).Cast<object>());
        Assert.Equal([3, 1, 2], list.Select(item => item));
        Assert.True(list.Contains(3) && list.Contains(2));
        Assert.False(list.Contains(4));
        Assert.Empty(EquatableList<int>.Empty);
    }
}
