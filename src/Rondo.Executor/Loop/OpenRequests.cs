using System.Collections.Concurrent;
using Rondo.Core;

namespace Rondo.Executor.Loop;

/// <summary>The requests of clients that the core has not answered yet.</summary>
internal sealed class OpenRequests
{
    private readonly ConcurrentDictionary<RequestId, TaskCompletionSource<Answer>> _open = new();
    private long _last;

    /// <summary>Opens a request under an id of its own.</summary>
    public RequestId Open(out Task<Answer> answer)
    {
        var id = new RequestId(Interlocked.Increment(ref _last));
        var pending = new TaskCompletionSource<Answer>(TaskCreationOptions.RunContinuationsAsynchronously);
        _open[id] = pending;
        answer = pending.Task;
        return id;
    }

    /// <summary>Answers a request; one that was closed meanwhile is not there any more.</summary>
    public void Reply(RequestId id, Answer answer)
    {
        if (_open.TryRemove(id, out var pending))
        {
            pending.TrySetResult(answer);
        }
    }

    /// <summary>Nobody waits for this answer any more.</summary>
    public void Close(RequestId id) => _open.TryRemove(id, out _);

    /// <summary>Gives all open requests the same answer.</summary>
    public void ReplyAll(Answer answer)
    {
        foreach (var id in _open.Keys)
        {
            Reply(id, answer);
        }
    }
}
