namespace Rondo.Core.Tests;

public sealed class OutboxTests
{
    private static readonly JobId Job = JobId.Parse("a1-1");

    [Fact]
    public void Item_NotAcknowledged_IsSentAgainAfterLongerAndLongerTimes()
    {
        var box = new Outbox(TimeSpan.Zero);
        box.Add(Job, TimeSpan.Zero);
        var sentAt = new List<double>();

        while (sentAt.Count < 7)
        {
            var now = box.NextDeadline;
            Assert.True(box.TryTake(now, out _));
            Assert.False(box.TryTake(now, out _));
            sentAt.Add(now.TotalMilliseconds);
        }

        Assert.Equal([0, 200, 600, 1400, 3000, 5000, 7000], sentAt);
    }

    [Fact]
    public void Item_Acknowledged_IsNotSentAgain()
    {
        var box = new Outbox(TimeSpan.Zero);
        box.Add(Job, TimeSpan.Zero);
        Assert.True(box.TryTake(TimeSpan.Zero, out _));

        Assert.True(box.Remove(Job));

        Assert.Equal(TimeSpan.MaxValue, box.NextDeadline);
        Assert.False(box.TryTake(TimeSpan.FromHours(1), out _));
    }

    [Fact]
    public void Item_ThatIsStillBeingWritten_IsNeitherSentAgainNorMissed()
    {
        var box = new Outbox(TimeSpan.Zero);
        box.Add(Job, TimeSpan.Zero);
        box.TryTake(TimeSpan.Zero, out _);
        var now = TimeSpan.Zero;
        for (var i = 0; i < 100; i++)
        {
            now += TimeSpan.FromMilliseconds(100);
            Assert.False(box.TryTake(now, out _));
            box.Postpone(now);
        }

        Assert.False(box.IsStalled);
        Assert.Equal(now + Outbox.AfterTransfer, box.NextDeadline);
        Assert.True(box.TryTake(box.NextDeadline, out _));
    }

    [Fact]
    public void Items_BeyondTheWindow_WaitForAcknowledgements()
    {
        var box = new Outbox(TimeSpan.Zero);
        for (var i = 1; i <= Outbox.Window + 1; i++)
        {
            box.Add(new JobId(Job.Home, i), TimeSpan.Zero);
        }

        var taken = 0;
        while (box.TryTake(TimeSpan.Zero, out _))
        {
            taken++;
        }

        Assert.Equal(Outbox.Window, taken);
        box.Remove(new JobId(Job.Home, 1));
        Assert.True(box.TryTake(TimeSpan.Zero, out var last));
        Assert.Equal(Outbox.Window + 1, last.Number);
    }

    [Fact]
    public void Item_WithADelay_WaitsForCompany()
    {
        var box = new Outbox(TimeSpan.FromMilliseconds(20));
        box.Add(Job, TimeSpan.Zero);

        Assert.False(box.TryTake(TimeSpan.FromMilliseconds(19), out _));
        Assert.True(box.TryTake(box.NextDeadline, out _));
    }
}
