using Rondo.Core;

namespace Rondo.Executor.Http.Submitting;

/// <summary>
/// The lines of a batch whose idempotency keys may belong to another executor: kept until they are answered, and handed in there when they do.
/// Those of one key keep their order. The batch calls it under its gate.
/// </summary>
/// <param name="send">Hands some lines in, and returns once each has its id or its problem; does not throw.</param>
internal sealed class KeyedLines(Func<Member, IReadOnlyList<ForwardedLine>, IReadOnlyList<JobJson>, Task> send)
{
    private readonly Dictionary<long, (Func<JobJson> Json, string? Key, int Bytes)> _kept = [];

    private readonly Dictionary<ExecutorId, LineQueue> _queues = [];

    // For each idempotency key the line that was forwarded last, and to whom.
    private readonly Dictionary<string, (ExecutorId To, Task Answered)> _last = [];

    /// <param name="number">The number of the line's job among all of the batch.</param>
    /// <param name="json">Makes the line.</param>
    /// <param name="key">Its idempotency key.</param>
    /// <param name="bytes">What it counts while it is kept.</param>
    public void Keep(long number, Func<JobJson> json, string? key, int bytes) => _kept[number] = (json, key, bytes);

    /// <summary>The line is answered.</summary>
    /// <returns>What it counted; zero when it was not kept.</returns>
    public int Remove(long number) => _kept.Remove(number, out var kept) ? kept.Bytes : 0;

    /// <summary>The line's key belongs to another executor.</summary>
    public void Forward(long number, Member owner)
    {
        var (json, key, _) = _kept[number];
        var line = new ForwardedLine(number, json, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        if (!_queues.TryGetValue(owner.Id, out var queue))
        {
            _queues.Add(owner.Id, queue = new LineQueue(send));
        }

        var before = key is null ? default : _last.GetValueOrDefault(key);
        if (key is not null)
        {
            _last[key] = (owner.Id, line.Answered.Task);
        }

        if (before.Answered is { IsCompleted: false } && before.To != owner.Id)
        {
            _ = before.Answered.ContinueWith(_ => queue.Add(owner, line), TaskScheduler.Default);
        }
        else
        {
            queue.Add(owner, line);
        }
    }
}
