using Rondo.Core;
using Rondo.Executor.Loop;

namespace Rondo.Executor.Http.Forwarding;

/// <summary>Finds out from the core where other executors are.</summary>
internal sealed class RingLookup(ExecutorLoop loop, ExecutorId self)
{
    /// <summary>The ring as the core knows it now.</summary>
    /// <exception cref="HttpProblem">The executor is stopping or overfull.</exception>
    public async Task<RingView> RingAsync(CancellationToken cancellationToken) =>
        await loop.AskAsync(request => new Input.QueryRing(request), cancellationToken) switch
        {
            Answer.Ring ring => ring.View,
            Answer.Refused refused => throw HttpProblem.Refused(refused),
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    /// <summary>What the core knows of an executor.</summary>
    /// <param name="forWhat">What only this executor can do, for the client: <c>it answers for k7q2-42</c>.</param>
    /// <exception cref="HttpProblem">There is none with this id.</exception>
    public async Task<RingMemberView> FindAsync(ExecutorId id, string forWhat, CancellationToken cancellationToken)
    {
        var ring = await RingAsync(cancellationToken);
        return ring.Executors.FirstOrDefault(executor => executor.Member.Id == id)
            ?? throw HttpProblem.NotFound(
                $"the ring has no executor {id}: {forWhat}. It was never a member, was drained or removed, or {self} does not know it yet"
            );
    }
}
