namespace Rondo.Executor.Running;

/// <summary>What is to happen later on the runner's thread, unless it is cancelled.</summary>
internal sealed class Deadlines(TimeProvider time)
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1000);
    private readonly PriorityQueue<Deadline, long> _queue = new();

    /// <summary>Calls back once the delay is over; one beyond 1,000 days is taken as that.</summary>
    public Deadline After(TimeSpan delay, Action callback)
    {
        var deadline = new Deadline(callback);
        var seconds = Math.Min(delay.TotalSeconds, Longest.TotalSeconds);
        _queue.Enqueue(deadline, time.GetTimestamp() + (long)(seconds * time.TimestampFrequency));
        return deadline;
    }

    /// <summary>Milliseconds until the next deadline, rounded up; -1 when there is none.</summary>
    public int NextMs()
    {
        while (_queue.TryPeek(out var next, out var at))
        {
            if (!next.IsCancelled)
            {
                var left = time.GetElapsedTime(time.GetTimestamp(), at).TotalMilliseconds;
                return left <= 0 ? 0 : (int)Math.Min(int.MaxValue, Math.Ceiling(left));
            }

            _queue.Dequeue();
        }

        return -1;
    }

    /// <summary>Calls back what is due.</summary>
    public void RunDue()
    {
        while (NextMs() == 0)
        {
            _queue.Dequeue().Run();
        }
    }

    /// <summary>A callback that waits for its time.</summary>
    internal sealed class Deadline(Action callback)
    {
        // Dropped on cancelling, so that what it refers to (a job's output) does not live until the time comes.
        private Action? _callback = callback;

        public bool IsCancelled => _callback is null;

        public void Cancel() => _callback = null;

        public void Run() => _callback?.Invoke();
    }
}
