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

    /// <summary>An executor that answers at the moment.</summary>
    /// <param name="forWhat">What only this executor can do, for the client: <c>it answers for k7q2-42</c>.</param>
    /// <exception cref="HttpProblem">There is none with this id, or it does not answer.</exception>
    public async Task<Member> ReachableAsync(ExecutorId id, string forWhat, CancellationToken cancellationToken)
    {
        var ring = await RingAsync(cancellationToken);
        var found = ring.Executors.FirstOrDefault(executor => executor.Member.Id == id)
            ?? throw HttpProblem.NotFound($"the ring has no executor {id}: {forWhat}. It was never a member, was removed, or {self} does not know it yet");
        return found.State != ExecutorState.Suspected
            ? found.Member
            : throw HttpProblem.Unavailable(id, $"executor {id} ({found.Member.Name}) does not answer: {forWhat}, once it is back");
    }
}
