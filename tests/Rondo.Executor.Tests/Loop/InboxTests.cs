using Rondo.Core;
using Rondo.Executor.Loop;

namespace Rondo.Executor.Tests.Loop;

/// <summary>The bounded queue before the loop.</summary>
public sealed class InboxTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly List<Input> _batch = [];

    [Fact]
    public void Take_SeveralWait_ComeOutInOrderUpToTheMost()
    {
        var inbox = new Inbox();
        for (var i = 1; i <= 5; i++)
        {
            Assert.True(inbox.TryPost(Ring(i)));
        }

        Assert.True(Take(inbox, 3));

        Assert.Equal([Ring(1), Ring(2), Ring(3)], _batch);
    }

    [Fact]
    public void Take_RequestsAndAMessageOfAPeer_GivesTheMessageFirst()
    {
        var inbox = new Inbox(maxInputs: 2);
        var id = JobId.Parse("a1-1");
        var message = new Input.Received(ExecutorId.Parse("b1"), new Message.Wake());
        inbox.TryPost(new Input.Watch(new RequestId(1), id, null));
        inbox.TryPost(Ring(2));
        inbox.Post(new Input.Unwatch(new RequestId(1), id));

        Assert.True(inbox.TryPost(message));
        Take(inbox, 10);

        Assert.Equal([message, new Input.Watch(new RequestId(1), id, null), Ring(2), new Input.Unwatch(new RequestId(1), id)], _batch);
    }

    [Fact]
    public async Task Take_WhileRequestsAreHeld_GivesOnlyWhatPeersSayUntilTheyAreNotHeld()
    {
        var inbox = new Inbox();
        var held = true;
        var message = new Input.Received(ExecutorId.Parse("b1"), new Message.Wake());
        inbox.TryPost(Ring(1));
        inbox.TryPost(message);

        Take(inbox, 10, () => Volatile.Read(ref held));
        Assert.Equal([message], _batch);

        _batch.Clear();
        var taking = Task.Run(() => Take(inbox, 10, () => Volatile.Read(ref held)), TestContext.Current.CancellationToken);
        Volatile.Write(ref held, false);
        inbox.Nudge();

        Assert.True(await taking.WaitAsync(Patience, TestContext.Current.CancellationToken));
        Assert.Equal([Ring(1)], _batch);
    }

    [Fact]
    public void Take_LargeOutputsWhileBulkIsHeld_StayWhileSmallOnesDoNot()
    {
        var inbox = new Inbox();
        var (large, small) = (Ended(1, (int)Inbox.LargeBytes + 1), Ended(2, (int)Inbox.LargeBytes));
        inbox.Post(large);
        inbox.Post(small);

        inbox.Take(_batch, 10, holdBulk: () => true);
        Assert.Equal([small], _batch);

        Take(inbox, 10);
        Assert.Equal([small, large], _batch);
    }

    [Fact]
    public void HasRoomForOutput_LargeOnesWait_AreLetInUpToTheBoundOrAlone()
    {
        var inbox = new Inbox();
        Assert.True(inbox.HasRoomForOutput(2 * Inbox.MaxBulkBytes));

        inbox.Post(Ended(1, 1 << 20));

        Assert.True(inbox.HasRoomForOutput(Inbox.MaxBulkBytes - (1 << 20)));
        Assert.False(inbox.HasRoomForOutput(Inbox.MaxBulkBytes));
        Assert.True(inbox.HasRoomForOutput(Inbox.LargeBytes));
    }

    [Fact]
    public void TryPost_Full_IsRefusedWhilePostIsNot()
    {
        var inbox = new Inbox(maxInputs: 2);
        inbox.TryPost(Ring(1));
        inbox.TryPost(Ring(2));

        Assert.False(inbox.TryPost(Ring(3)));
        inbox.Post(Ring(4));

        Take(inbox, 10);
        Assert.Equal([Ring(1), Ring(2), Ring(4)], _batch);
    }

    [Fact]
    public void TryPost_BytesBeyondTheBound_AreRefusedUnlessAlone()
    {
        var inbox = new Inbox(maxBytes: 100);

        Assert.True(inbox.TryPost(Submit(500)));
        Assert.False(inbox.TryPost(Submit(1)));
        Take(inbox, 1);
        Assert.True(inbox.TryPost(Submit(60)));
        Assert.False(inbox.TryPost(Submit(60)));
    }

    [Fact]
    public async Task PostWhenRoom_Full_GoesInOnceSomethingWasTaken()
    {
        var inbox = new Inbox(maxInputs: 1);
        inbox.TryPost(Ring(1));
        var posted = inbox.PostWhenRoomAsync(Ring(2), TestContext.Current.CancellationToken).AsTask();
        Assert.False(posted.IsCompleted);

        Take(inbox, 1);

        Assert.True(await posted.WaitAsync(Patience, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Take_Empty_WakesForAnInput()
    {
        var inbox = new Inbox();
        var taken = Task.Run(() => Take(inbox, 1), TestContext.Current.CancellationToken);

        inbox.Post(Ring(1));

        Assert.True(await taken.WaitAsync(Patience, TestContext.Current.CancellationToken));
        Assert.Equal([Ring(1)], _batch);
    }

    [Fact]
    public async Task Close_SomethingWaits_IsStillTakenThenTheEnd()
    {
        var inbox = new Inbox(maxInputs: 1);
        inbox.Post(Ring(1));
        var late = inbox.PostWhenRoomAsync(Ring(2), TestContext.Current.CancellationToken).AsTask();

        inbox.Close();

        Assert.False(await late.WaitAsync(Patience, TestContext.Current.CancellationToken));
        Assert.True(Take(inbox, 10));
        Assert.Equal([Ring(1)], _batch);
        _batch.Clear();
        Assert.False(Take(inbox, 10));
    }

    private bool Take(Inbox inbox, int max, Func<bool>? holdRequests = null)
    {
        inbox.Wait(Patience, holdRequests);
        return inbox.Take(_batch, max, holdRequests);
    }

    private static Input.RunEnded Ended(long number, int bytes) =>
        new(
            new JobId(ExecutorId.Parse("a1"), number),
            new Attempt(1),
            new Outcome { End = JobEnd.Succeeded, Output = new JobOutput(new byte[bytes], default) },
            Interrupted: false
        );

    private static Input.QueryRing Ring(long request) => new(new RequestId(request));

    private static Input.Submit Submit(int bytes) =>
        new(new RequestId(1), new JobTerms { Kind = JobKind.Command, Summary = "true" }, new JobContent(new byte[bytes], default));
}
