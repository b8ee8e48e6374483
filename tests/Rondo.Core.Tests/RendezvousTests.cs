namespace Rondo.Core.Tests;

/// <summary>Keys are dealt out evenly, and a member that comes or goes moves only its own.</summary>
public sealed class RendezvousTests
{
    private static readonly ExecutorId[] _ring = [.. "k7q2 m3xd a9 zzzzzzzz".Split(' ').Select(id => ExecutorId.Parse(id))];

    [Fact]
    public void OwnerOf_DependsOnTheMembersAlone_NotOnTheirOrder()
    {
        ExecutorId[] reversed = [.. _ring.Reverse()];
        for (var i = 0; i < 1000; i++)
        {
            Assert.Equal(Rendezvous.OwnerOf($"key {i}", _ring), Rendezvous.OwnerOf($"key {i}", reversed));
        }
    }

    [Fact]
    public void OwnerOf_ManyKeys_AreDealtOutEvenly()
    {
        var counts = Enumerable.Range(0, 40_000).CountBy(i => Rendezvous.OwnerOf($"key {i}", _ring)).ToDictionary();

        Assert.Equal(_ring.Length, counts.Count);
        Assert.All(counts.Values, count => Assert.InRange(count, 9_500, 10_500));
    }

    [Fact]
    public void OwnerOf_AMemberLess_MovesOnlyItsOwnKeys()
    {
        var gone = _ring[1];
        ExecutorId[] rest = [.. _ring.Where(id => id != gone)];
        for (var i = 0; i < 1000; i++)
        {
            var before = Rendezvous.OwnerOf($"key {i}", _ring);
            Assert.True(before == gone || before == Rendezvous.OwnerOf($"key {i}", rest));
        }
    }

    [Theory]
    [InlineData("order-1", "m3xd")]
    [InlineData("order-2", "a9")]
    [InlineData("größe", "a9")]
    public void OwnerOf_IsTheSameInEveryVersion(string key, string owner) =>
        Assert.Equal(ExecutorId.Parse(owner), Rendezvous.OwnerOf(key, _ring));
}
