using System.Collections.Concurrent;
using Rondo.Core;

namespace Rondo.Executor.Loop;

/// <summary>
/// The clients that the core has not answered yet. One that asks much, such as a batch, is entered once: the lower part of a request's
/// id counts what it asked.
/// </summary>
internal sealed class OpenRequests
{
    /// <summary>The most requests of one client.</summary>
    public const long MaxOfOne = 1L << NumberBits;

    private const int NumberBits = 24;

    private readonly ConcurrentDictionary<long, IAnswered> _open = new();
    private long _last;

    /// <summary>Enters a client.</summary>
    /// <returns>The id of its first request; those of the next ones follow on it.</returns>
    public RequestId Open(IAnswered client)
    {
        var key = Interlocked.Increment(ref _last);
        _open[key] = client;
        return new RequestId(key << NumberBits);
    }

    /// <summary>Answers a request; one whose client left meanwhile has nobody to answer.</summary>
    public void Reply(RequestId id, Answer answer)
    {
        if (_open.TryGetValue(id.Value >> NumberBits, out var client))
        {
            client.Answer(id.Value & (MaxOfOne - 1), answer);
        }
    }

    /// <summary>The client of this request waits for nothing any more.</summary>
    public void Close(RequestId id) => _open.TryRemove(id.Value >> NumberBits, out _);

    /// <summary>Tells all clients that no further answer comes.</summary>
    public void EndAll(Answer.Refused why)
    {
        foreach (var client in _open.Values)
        {
            client.End(why);
        }
    }
}

/// <summary>A client that waits for answers.</summary>
internal interface IAnswered
{
    /// <summary>Takes an answer, on the thread that makes everything visible: it must return at once.</summary>
    /// <param name="number">Which of the client's requests is answered, counted from 0.</param>
    void Answer(long number, Answer answer);

    /// <summary>No answer comes any more.</summary>
    void End(Answer.Refused why);
}

/// <summary>A client with one request.</summary>
/// <remarks>What the client goes on with never runs on the thread that commits: it may wait for that very thread.</remarks>
internal sealed class PendingAnswer() : TaskCompletionSource<Answer>(TaskCreationOptions.RunContinuationsAsynchronously), IAnswered
{
    /// <inheritdoc/>
    void IAnswered.Answer(long number, Answer answer) => TrySetResult(answer);

    /// <inheritdoc/>
    void IAnswered.End(Answer.Refused why) => TrySetResult(why);
}
