using Microsoft.AspNetCore.Http;
using Rondo.Core;
using Rondo.Executor.Http.Forwarding;
using Rondo.Executor.Http.Jobs;
using Rondo.Executor.Loop;

namespace Rondo.Executor.Http.Submitting;

/// <summary><c>POST /v1/jobs</c>: takes in one job, and waits for its end when asked to.</summary>
internal sealed class SubmitEndpoint(ExecutorLoop loop, HomeJobs jobs, BodyBudget bodies, Forwarder forwarder)
{
    /// <summary>Names the key by which a repetition of the request is known, like the field <c>idempotencyKey</c>.</summary>
    public const string KeyHeader = "Idempotency-Key";

    /// <summary>Handles the request.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var wait = context.Wait();
        var key = Key(context);
        var (terms, content, body) = await bodies.ReadAsync(
            context,
            body =>
            {
                var request = JobRequestReader.Read(body.Span);
                request.Repeat(key);

                // Another executor may have to be asked to take it.
                return (request.ToTerms(), request.ToContent(), request.HasKey ? body.ToArray() : null);
            }
        );
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
                new SubmittedDocument(id.ToString()),
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
