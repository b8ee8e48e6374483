using Microsoft.AspNetCore.Http;
using Rondo.Core;
using Rondo.Executor.Http.Forwarding;
using Rondo.Executor.Loop;
using Rondo.Storage;

namespace Rondo.Executor.Http.Jobs;

/// <summary><c>POST /v1/jobs/{id}:retry</c>: a job that failed or was cancelled runs again, as a new one, since a result never changes.</summary>
internal sealed class RetryEndpoint(ExecutorLoop loop, HomeJobs jobs, StoreReader store, Forwarder forwarder, ExecutorId self)
{
    /// <summary>Handles the request.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var id = context.JobId();
        if (id.Home != self)
        {
            await forwarder.ForwardAsync(context, id.Home, $"only {id.Home} has what {id} does");
            return;
        }

        var job = await jobs.FindAsync(id, context.RequestAborted);
        if (!job.IsFinal)
        {
            throw HttpProblem.NotFinished($"job {id} is {job.State.ToText()}: only one that failed or was cancelled can run again");
        }

        if (job.State == JobState.Succeeded)
        {
            throw HttpProblem.NotRetryable($"job {id} succeeded: only one that failed or was cancelled can run again");
        }

        var content = store.ReadContent(id) ?? throw HttpProblem.NotFound($"what job {id} did is not kept any more");
        var answer = await loop.AskAsync(request => new Input.Submit(request, Again(job), content), context.RequestAborted);
        var again = answer switch
        {
            Answer.Submitted submitted => submitted.Id,
            Answer.Elsewhere elsewhere => throw HttpProblem.Unavailable(
                elsewhere.Owner.Id,
                $"only {elsewhere.Owner.Id} can take a job of the key '{job.Terms.Concurrency?.Key}' now; submit it there"
            ),
            Answer.Refused refused => throw HttpProblem.Refused(refused),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        context.Response.Headers.Location = $"/v1/jobs/{again}";
        await context.WriteJsonAsync(
            new SubmittedDocument(again.ToString()),
            HttpJson.Plain.SubmittedDocument,
            StatusCodes.Status201Created
        );
    }

    /// <summary>The same terms, but for what led to this moment: the start time, what had to end first, and the key of the first request.</summary>
    private static JobTerms Again(JobView job) =>
        job.Terms with
        {
            Start = null,
            After = EquatableList<Dependency>.Empty,
            IdempotencyKey = null,
            RetryOf = job.Id,
        };
}
