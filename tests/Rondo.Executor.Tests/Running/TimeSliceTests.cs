using Rondo.Executor.Running.Linux;

namespace Rondo.Executor.Tests.Running;

public sealed class TimeSliceTests
{
    [Fact]
    public void Slice_IsShortForAllThreadsAndTheirOwn_AndUsualAgainWhereCommandsStart()
    {
        Assert.SkipUnless(TimeSlice.Own() is not null, "before Linux 6.12 a thread has no slice of its own");
        var (there, started, reset) = (default(ulong?), default(ulong?), default(ulong?));
        using var isThere = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        var earlier = new Thread(() =>
        {
            isThere.Set();
            go.Wait();
            there = TimeSlice.Own();
        });
        earlier.Start();
        isThere.Wait(TestContext.Current.CancellationToken);

        TimeSlice.Shorten();
        go.Set();
        earlier.Join();
        var later = new Thread(() =>
        {
            started = TimeSlice.Own();
            TimeSlice.Reset();
            reset = TimeSlice.Own();
        });
        later.Start();
        later.Join();

        Assert.Equal(TimeSlice.ShortNanoseconds, there);
        Assert.Equal(TimeSlice.ShortNanoseconds, started);
        Assert.InRange(reset!.Value, TimeSlice.ShortNanoseconds + 1, ulong.MaxValue);
    }
}
