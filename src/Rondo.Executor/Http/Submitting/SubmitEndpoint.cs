using Microsoft.AspNetCore.Http;
using Rondo.Core;
using Rondo.Executor.Http.Forwarding;
using Rondo.Executor.Http.Jobs;
using Rondo.Executor.Loop;

namespace Rondo.Executor.Http.Submitting;

/// <summary><c>POST /v1/jobs</c>: takes in one job, and waits for its end when asked to.</summary>
internal sealed class SubmitEndpoint(ExecutorLoop loop, HomeJobs jobs, BodyBudget bodies, Forwarder forwarder)
{
    private readonly LineForwarder _lines = new(forwarder);

    /// <summary>Names the key by which a repetition of the request is known, like the field <c>idempotencyKey</c>.</summary>
    public const string KeyHeader = "Idempotency-Key";

    /// <summary>Handles the request.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var wait = context.Wait();
        var key = Key(context);
        var (array, terms, content, body) = await bodies.ReadAsync(
            context,
            body =>
            {
                var request = JobRequestReader.Read(body.Span);
                request.Repeat(key);

                // Another executor may have to be asked to take it.
                var content = request.ToContent();
                return request.Array is null
                    ? (null, request.ToTerms().WithDigest(content), content, request.HasKey ? body.ToArray() : null)
                    : (request, request.ToTerms(), content, body.ToArray());
            }
        );
        if (array is not null)
        {
            await SubmitArrayAsync(context, array, body!, wait);
            return;
        }

        switch (await loop.AskAsync(request => new Input.Submit(request, terms, content), context.RequestAborted))
        {
            case Answer.Submitted submitted:
                await AnswerAsync(context, submitted, wait);
                break;
            case Answer.Elsewhere elsewhere:
                await forwarder.ForwardAsync(context, elsewhere.Owner.Id, "only it can take a job of this key", body);
                break;
            case Answer.Unreachable unreachable:
                throw HttpProblem.Unavailable(unreachable.Executor, unreachable.Message);
            case Answer.Refused refused:
                throw HttpProblem.Refused(refused);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private async Task SubmitArrayAsync(HttpContext context, JobRequest request, byte[] body, TimeSpan? wait)
    {
        if (wait is not null)
        {
            throw HttpProblem.BadRequest(
                "wait is for a single job, and \"array\" makes many: wait for each of its ids, or follow them all with /v1/jobs:batch?results=true"
            );
        }

        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        var array = await new Batch(loop, _lines, jobs, follow: false, ended.Token).RunAsync(request, body, ended);
        string[] ids = [.. array.Ids.Select(id => id.ToString())];
        context.Response.Headers.Location = $"/v1/jobs/{ids[0]}";
        await context.WriteJsonAsync(
            new SubmittedDocument(ids[0], ids, array.IsKnown ? true : null),
            HttpJson.Plain.SubmittedDocument,
            array.IsKnown ? StatusCodes.Status200OK : StatusCodes.Status201Created
        );
    }

    private static string? Key(HttpContext context) =>
        context.Request.Headers.TryGetValue(KeyHeader, out var values)
            ? values switch
            {
                [{ Length: > 0 and <= JobOptionsReader.KeyMaxLength } key] => key,
                _ => throw HttpProblem.BadRequest($"{KeyHeader} has to be one text of 1 to {JobOptionsReader.KeyMaxLength} characters"),
            }
            : null;

    private async Task AnswerAsync(HttpContext context, Answer.Submitted submitted, TimeSpan? wait)
    {
        var id = submitted.Id;
        context.Response.Headers.Location = $"/v1/jobs/{id}";
        if (wait is null)
        {
            await context.WriteJsonAsync(
                new SubmittedDocument(id.ToString(), Known: submitted.IsKnown ? true : null),
                HttpJson.Plain.SubmittedDocument,
                submitted.IsKnown ? StatusCodes.Status200OK : StatusCodes.Status201Created
            );
            return;
        }

        var job = await jobs.WaitAsync(id, wait.Value, context.RequestAborted);
        await context.WriteJsonAsync(
            job.ToDocument(),
            HttpJson.Plain.JobDocument,
            job.IsFinal ? StatusCodes.Status200OK : StatusCodes.Status202Accepted
        );
    }
}
