using Microsoft.AspNetCore.Http;
using Rondo.Core;
using Rondo.Executor.Http.Forwarding;
using Rondo.Executor.Http.Submitting;
using Rondo.Executor.Loop;
using Rondo.Storage;
using Rondo.Wire;

namespace Rondo.Executor.Http.Jobs;

/// <summary><c>POST /v1/jobs/{id}:retry</c>: a job that failed or was cancelled runs again, as a new one, since a result never changes.</summary>
internal sealed class RetryEndpoint(
    ExecutorLoop loop,
    HomeJobs jobs,
    StoreReader store,
    RingLookup ring,
    BodyBudget bodies,
    Forwarder forwarder,
    ExecutorId self
)
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
        var terms = Again(job);
        switch (await loop.AskAsync(request => new Input.Submit(request, terms, content), context.RequestAborted))
        {
            case Answer.Submitted submitted:
                await AnswerAsync(context, submitted.Id);
                break;
            case Answer.Elsewhere elsewhere:
                var record = PartedRecord.Of(new Record.Accepted(id, job.SubmittedAt, terms, content))!;
                await forwarder.ForwardAsync(
                    context,
                    elsewhere.Owner.Id,
                    $"only {elsewhere.Owner.Id} can take a job of the key '{terms.Concurrency?.Key}' now",
                    new PiecesContent([record.Before, .. record.Part]),
                    "/v1/jobs:take"
                );
                break;
            case var other:
                throw Problem(other);
        }
    }

    /// <summary>
    /// <c>POST /v1/jobs:take</c>, which executors use among themselves: a job that runs again has its cap at another executor by now than
    /// the one that has what it does.
    /// </summary>
    public async Task TakeAsync(HttpContext context)
    {
        if (!ExecutorId.TryParse((string?)context.Request.Headers[Forwarder.Header] ?? "", out var asker))
        {
            throw HttpProblem.BadRequest("only executors hand jobs over so");
        }

        await ring.FindAsync(asker, "only members of the ring hand jobs over so", context.RequestAborted);
        using var share = bodies.Open();
        var job = Job(await bodies.ReadAsync(context, share));
        var answer = await loop.AskAsync(request => new Input.Submit(request, job.Terms, job.Content), context.RequestAborted);
        await AnswerAsync(context, answer is Answer.Submitted submitted ? submitted.Id : throw Problem(answer));
    }

    private static Record.Accepted Job(ReadOnlyMemory<byte> body)
    {
        try
        {
            return RecordCodec.DecodeInPlace(body) as Record.Accepted ?? throw HttpProblem.BadRequest("this is not a job");
        }
        catch (WireFormatException error)
        {
            throw HttpProblem.BadRequest($"this is not a job: {error.Message}");
        }
    }

    private static Task AnswerAsync(HttpContext context, JobId again)
    {
        context.Response.Headers.Location = $"/v1/jobs/{again}";
        return context.WriteJsonAsync(
            new SubmittedDocument(again.ToString()),
            HttpJson.Plain.SubmittedDocument,
            StatusCodes.Status201Created
        );
    }

    private static HttpProblem Problem(Answer answer) =>
        answer switch
        {
            Answer.Refused refused => HttpProblem.Refused(refused),
            Answer.Unreachable unreachable => HttpProblem.Unavailable(unreachable.Executor, unreachable.Message),
            Answer.Elsewhere elsewhere => HttpProblem.Unavailable(
                elsewhere.Owner.Id,
                "the executors do not agree yet on who takes a job of this key; try again in a moment"
            ),
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    /// <summary>
    /// The same terms, but for what led to this moment: the start time, the jobs that have ended since, however they did, and the key of the
    /// first request. A job that has not ended is still waited for.
    /// </summary>
    private static JobTerms Again(JobView job) =>
        job.Terms with
        {
            Start = null,
            After = new EquatableList<Dependency>([
                .. job.Terms.After.Where((_, i) => i < job.Dependencies.Count && job.Dependencies[i] == DependencyState.Pending),
            ]),
            IdempotencyKey = null,
            Digest = 0,
            RetryOf = job.Id,
        };
}
