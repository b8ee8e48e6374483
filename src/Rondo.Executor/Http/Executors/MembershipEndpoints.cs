using Microsoft.AspNetCore.Http;
using Rondo.Core;
using Rondo.Executor.Crons;
using Rondo.Executor.Http.Forwarding;
using Rondo.Executor.Loop;

namespace Rondo.Executor.Http.Executors;

/// <summary><c>POST /v1/executors/{id}:drain</c> and <c>:remove</c>: an operator takes an executor out of the ring.</summary>
internal sealed class MembershipEndpoints(ExecutorLoop loop, CronJobs crons, Forwarder forwarder, ExecutorId self)
{
    private readonly Lock _gate = new();
    private Task<Answer>? _drained;

    /// <summary>
    /// Begins to drain; answers at once with <c>draining</c>, or with <c>drained</c> and what stays there when nothing is left to do
    /// within the time of <c>?wait</c>. Asked again, tells how far it is.
    /// </summary>
    public async Task DrainAsync(HttpContext context)
    {
        var id = context.ExecutorId();
        var wait = context.Wait() ?? TimeSpan.Zero;
        if (id != self)
        {
            await forwarder.ForwardAsync(context, id, $"only {id} can drain itself");
            return;
        }

        var state = new ExecutorStateDocument(id.ToString(), "draining");
        try
        {
            state = await Drain().WaitAsync(wait, context.RequestAborted) switch
            {
                Answer.Drained left => new(id.ToString(), "drained", left.Waiting, left.Scheduled, left.Next?.UtcDateTime, left.KeptCrons),
                Answer.Refused refused => throw HttpProblem.Refused(refused),
                _ => throw new System.Diagnostics.UnreachableException(),
            };
        }
        catch (TimeoutException)
        {
            // It is still draining, which is the answer.
        }

        await context.WriteJsonAsync(state, HttpJson.Plain.ExecutorStateDocument);
    }

    /// <summary>Removes an executor that will never return.</summary>
    public async Task RemoveAsync(HttpContext context)
    {
        var id = context.ExecutorId();
        if (id == self)
        {
            throw HttpProblem.StillAlive($"executor {id} answers this very request: drain it instead");
        }

        Check(await loop.AskAsync(request => new Input.Remove(request, id), context.RequestAborted));
        await context.WriteJsonAsync(new ExecutorStateDocument(id.ToString(), "removed"), HttpJson.Plain.ExecutorStateDocument);
    }

    /// <summary>Draining goes on whether or not somebody waits for it, and however often it is asked for.</summary>
    private Task<Answer> Drain()
    {
        lock (_gate)
        {
            if (_drained is null or { IsCompleted: true })
            {
                _drained = loop.AskAsync(request => new Input.Drain(request), CancellationToken.None);
                crons.Changed();
            }

            return _drained;
        }
    }

    private static void Check(Answer answer)
    {
        if (answer is Answer.Refused refused)
        {
            throw HttpProblem.Refused(refused);
        }
    }
}
