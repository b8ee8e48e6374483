using Microsoft.Extensions.Logging;
using Rondo.Core;
using Rondo.Executor.Loop;
using Rondo.Storage;
using Record = Rondo.Core.Record;

namespace Rondo.Executor.Tests.Loop;

/// <summary>How much is taken in from clients, of a disk whose room a test tells.</summary>
public sealed class DiskRoomTests : ILogger
{
    private const long MiB = 1 << 20;

    private readonly ExecutorCore _core = new(
        new CoreSettings
        {
            Self = new Member
            {
                Id = ExecutorId.Parse("a1"),
                Incarnation = new Incarnation(1),
                Name = "a",
                RingAddress = "127.0.0.1:1",
                HttpAddress = "127.0.0.1:2",
                Capabilities = new Capabilities(true, EquatableList<string>.Empty),
            },
            Slots = 1,
        },
        Recovered.Nothing,
        new Instant(TimeSpan.Zero, DateTimeOffset.UnixEpoch)
    );

    private readonly List<string> _log = [];
    private readonly DiskRoom _room;
    private StoreSpace _space;
    private TimeSpan _now;
    private long _bytesInFlight;
    private int _looks;

    public DiskRoomTests() => _room = new DiskRoom(Look, "/data", this);

    [Theory]
    [InlineData(6 * MiB)]
    [InlineData(64 * MiB)]
    [InlineData(1L << 40)]
    public void EmptyDisk_OfAnySize_TakesSmallJobs(long size)
    {
        _space = new StoreSpace(size, size / 2, 0, 0);

        Assert.True(Submit(100_000));
        Assert.Empty(_log);
    }

    [Fact]
    public void JobsThatComeFast_TakeNoMoreThanIsLeftBesideTheReserve()
    {
        _space = new StoreSpace(1L << 40, DiskRoom.ReserveMaxBytes + (100 * MiB), 0, 0);

        // None of it is on the disk yet, as far as that tells: all of it counts twice, since it goes into the journal and into the tables.
        for (; Submit((int)MiB) && _bytesInFlight < 200 * MiB; _bytesInFlight += MiB) { }

        Assert.InRange(_bytesInFlight, 35 * MiB, 50 * MiB);
        Assert.InRange(_looks, 1, 10);
    }

    [Fact]
    public void ManySmallJobs_AreNotEachAReasonToLook()
    {
        _space = new StoreSpace(1L << 40, 1L << 39, 0, 0);
        for (var i = 0; i < 10_000; i++)
        {
            Assert.True(Submit(100));
        }

        Assert.Equal(1, _looks);
        _now += TimeSpan.FromSeconds(1);
        Submit(100);
        Assert.Equal(2, _looks);
    }

    [Fact]
    public void FullDisk_RefusesAndLooksOnceASecond_AndTellsTheLogOnce()
    {
        _space = new StoreSpace(1L << 40, 10 * MiB, 0, 0);
        for (var i = 0; i < 10_000; i++)
        {
            Assert.False(Submit(0));
        }

        Assert.Equal(1, _looks);
        _now += TimeSpan.FromSeconds(1);
        Assert.False(Submit(0));
        Assert.Equal(2, _looks);
        Assert.Contains("/data has 10 MiB left", Assert.Single(_log), StringComparison.Ordinal);

        // Just above the bound is not enough: it would be below it again at once.
        _space = _space with
        {
            FreeBytes = DiskRoom.ReserveMaxBytes + (20 * MiB),
        };
        _now += TimeSpan.FromSeconds(1);
        Assert.False(Submit(0));

        _space = _space with { FreeBytes = 1L << 30 };
        _now += TimeSpan.FromSeconds(1);
        Assert.True(Submit(0));
        Assert.Equal(2, _log.Count);
        Assert.Contains("taken again", _log[1], StringComparison.Ordinal);
    }

    [Fact]
    public void WhatIsInTheJournalAlone_CountsAsNotWrittenYet()
    {
        _space = new StoreSpace(1L << 40, DiskRoom.ReserveMaxBytes + (100 * MiB), 0, 50 * MiB);

        Assert.False(Submit(100));
    }

    [Fact]
    public void WhatTheTablesHaveThatHoldsNothing_IsRoom()
    {
        _space = new StoreSpace(1L << 40, DiskRoom.ReserveMaxBytes, 0, 0);
        Assert.False(Submit(100));

        _space = _space with { EmptyBytes = 1L << 30 };
        _now += TimeSpan.FromSeconds(1);
        Assert.True(Submit(100));

        // The journal has no use for it.
        _space = _space with
        {
            FreeBytes = 0,
        };
        _now += TimeSpan.FromSeconds(1);
        Assert.False(Submit(100));
    }

    [Fact]
    public void EachJobThatHasNotEnded_KeepsRoomForItsEnd()
    {
        _space = new StoreSpace(1L << 40, 1L << 40, 0, 0);
        for (var i = 0; i < 100_000; i++)
        {
            Assert.True(Submit(0));
        }

        _space = _space with { FreeBytes = DiskRoom.ReserveMaxBytes + (40 * MiB) };
        _now += TimeSpan.FromSeconds(1);

        Assert.False(Submit(0));
    }

    [Fact]
    public void FileSystemThatTellsNothing_BoundsNothing()
    {
        _space = default;

        Assert.True(Submit(1000));
    }

    private StoreSpace Look()
    {
        _looks++;
        return _space;
    }

    private bool Submit(int bytes)
    {
        var now = new Instant(_now, DateTimeOffset.UnixEpoch);
        var output = new StepOutput();
        if (_room.Look(_now, _core, _bytesInFlight) is { } room)
        {
            _core.Step(room, now, output);
        }

        var terms = new JobTerms { Kind = JobKind.Command, Summary = "true" };
        _core.Step(new Input.Submit(new RequestId(1), terms, new JobContent(default, new byte[bytes])), now, output);
        return output.Records.OfType<Record.Accepted>().Any();
    }

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    bool ILogger.IsEnabled(LogLevel logLevel) => true;

    void ILogger.Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    ) => _log.Add(formatter(state, exception));
}
