using Rondo.Core;
using Rondo.Executor.Http.Submitting;

namespace Rondo.Executor.Tests.Http;

/// <summary>Lines that go to another executor.</summary>
public sealed class LineQueueTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly Member Owner = new()
    {
        Id = ExecutorId.Parse("m3xd"),
        Incarnation = new Incarnation(1),
        Name = "m",
        RingAddress = "127.0.0.1:1",
        HttpAddress = "127.0.0.1:2",
        Capabilities = new Capabilities(true, EquatableList<string>.Empty),
    };

    [Fact]
    public async Task Lines_ThatGatherWhileOneIsUnderWay_GoTogetherInOrderAndWithinTheBounds()
    {
        var sent = new List<long[]>();
        var first = new TaskCompletionSource();
        var all = new TaskCompletionSource();
        var queue = new LineQueue(
            async (owner, lines, json) =>
            {
                Assert.Same(Owner, owner);
                Assert.Equal(lines.Count, json.Count);
                sent.Add([.. lines.Select(line => line.Number)]);
                await first.Task;
                if (sent.Sum(group => group.Length) == 2_004)
                {
                    all.SetResult();
                }
            }
        );
        queue.Add(Owner, Line(0, 10));
        await UntilAsync(() => sent.Count == 1);

        // Two large ones fill a request each; what is small goes by number.
        queue.Add(Owner, Line(1, LineQueue.MaxBytes));
        queue.Add(Owner, Line(2, 10));
        queue.Add(Owner, Line(3, LineQueue.MaxBytes));
        for (var i = 4; i < 2_004; i++)
        {
            queue.Add(Owner, Line(i, 10));
        }

        first.SetResult();
        await all.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);

        Assert.Equal([1, 1, 2, LineQueue.MaxLines, 2_000 - LineQueue.MaxLines], sent.Select(group => group.Length));
        Assert.Equal(Enumerable.Range(0, 2_004).Select(number => (long)number), sent.SelectMany(group => group));
    }

    private static ForwardedLine Line(long number, int bytes) =>
        new(number, () => new JobJson(new byte[bytes]), new TaskCompletionSource());

    private static async Task UntilAsync(Func<bool> condition)
    {
        var limit = DateTime.UtcNow + Patience;
        while (!condition())
        {
            Assert.True(DateTime.UtcNow < limit);
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }
}
