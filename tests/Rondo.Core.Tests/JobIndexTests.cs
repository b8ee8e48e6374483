namespace Rondo.Core.Tests;

public sealed class JobIndexTests
{
    private static readonly ExecutorId[] Homes = [ExecutorId.Parse("a"), ExecutorId.Parse("k7q2"), ExecutorId.Parse("zzzzzzzz")];

    [Fact]
    public void Index_ManyComeAndGo_KnowsTheSameAsADictionary()
    {
        var index = new JobIndex<Entry>();
        var expected = new Dictionary<JobId, Entry>();
        for (var step = 0; step < 22_222; step++)
        {
            var id = new JobId(Homes[step % 3], 1 + (step * 7919L % 5_000));
            if (expected.Remove(id, out var known))
            {
                Assert.Same(known, index.Find(id));
                Assert.False(index.TryAdd(new Entry(id)));
                Assert.True(index.Remove(known));
                Assert.False(index.Remove(known));
            }
            else
            {
                var entry = new Entry(id);
                expected.Add(id, entry);
                Assert.Null(index.Find(id));
                Assert.False(index.Remove(entry));
                Assert.True(index.TryAdd(entry));
            }

            Assert.Equal(expected.Count, index.Count);
        }

        Assert.NotEmpty(expected);
        Assert.Equal(expected.Keys.Order(), index.All.Select(entry => entry.Id).Order());
        Assert.All(expected, pair => Assert.Same(pair.Value, index.Find(pair.Key)));
    }

    [Fact]
    public void Remove_AnotherOfTheSameId_LeavesTheOneThatIsThere()
    {
        var index = new JobIndex<Entry>();
        var there = new Entry(new JobId(Homes[0], 1));
        index.TryAdd(there);

        Assert.False(index.Remove(new Entry(there.Id)));
        Assert.Same(there, index.Find(there.Id));
    }

    private sealed class Entry(JobId id) : KnownByJobId<Entry>(id);
}
