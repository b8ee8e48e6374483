namespace Rondo.Core.Tests;

/// <summary>What finds no room on the disk is not taken in; what needs none is answered as always.</summary>
public sealed class RoomTests
{
    private const string Message = "the disk is nearly full";

    private readonly Solo _solo = new Solo().With("z1");

    [Fact]
    public void Submit_BeyondTheRoomThatWasTold_IsRefusedUntilThereIsMore()
    {
        var job = 1000 + Room.RestBytes;
        _solo.Step(new Input.Room((2 * job) + 100, Message));

        Assert.IsType<Answer.Submitted>(Submit(1000));
        Assert.IsType<Answer.Submitted>(Submit(1000));
        Assert.Equal(new Answer.Refused(Refusal.Full, Message), Submit(1000));
        Assert.Equal(new Answer.Refused(Refusal.Full, Message), Submit(0));

        _solo.Step(new Input.Room(job, Message));
        Assert.IsType<Answer.Refused>(Submit(1001));
        Assert.IsType<Answer.Submitted>(Submit(1000));
    }

    [Fact]
    public void Repetition_WhileThereIsNoRoom_GetsTheIdOfTheFirst()
    {
        var key = $"@{_solo.Self.Id}/1";
        var first = Assert.IsType<Answer.Submitted>(Submit(1000, key));
        _solo.Step(new Input.Room(0, Message));

        Assert.Equal(first with { IsKnown = true }, Submit(1000, key));
        Assert.IsType<Answer.Elsewhere>(Submit(1000, "@z1/1"));
    }

    [Fact]
    public void Cron_WithoutRoom_IsNotKeptButACopyOfAnotherExecutorsIs()
    {
        var cron = new Cron("nightly", new byte[100], DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch);
        _solo.Step(new Input.Room(100 + Room.RestBytes - 1, Message));

        Assert.Equal(new Answer.Refused(Refusal.Full, Message), _solo.Ask(id => new Input.SetCron(id, cron)));
        Assert.Equal(new Answer.Done(), _solo.Ask(id => new Input.SetCron(id, cron with { CopyOf = ExecutorId.Parse("z1") })));

        Assert.NotNull(Assert.Single(Assert.IsType<Answer.Crons>(_solo.Ask(id => new Input.QueryCrons(id))).Views).Cron.CopyOf);
        _solo.Step(new Input.Room(100 + Room.RestBytes, Message));
        Assert.Equal(new Answer.Done(), _solo.Ask(id => new Input.SetCron(id, cron)));
    }

    private Answer Submit(int bytes, string? key = null) =>
        _solo.Ask(id => new Input.Submit(
            id,
            TestExecutor.Command() with
            {
                IdempotencyKey = key,
            },
            new JobContent(default, new byte[bytes])
        ));
}
