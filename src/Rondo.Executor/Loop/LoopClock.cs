using Rondo.Core;

namespace Rondo.Executor.Loop;

/// <summary>Reads the time for the core: monotonic since its making, and the wall clock for people.</summary>
internal sealed class LoopClock(TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();

    /// <summary>This moment.</summary>
    public Instant Now => new(time.GetElapsedTime(_start), time.GetUtcNow());
}
