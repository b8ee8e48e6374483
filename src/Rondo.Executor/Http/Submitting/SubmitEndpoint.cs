using Microsoft.AspNetCore.Http;
using Rondo.Core;
using Rondo.Executor.Http.Jobs;
using Rondo.Executor.Loop;

namespace Rondo.Executor.Http.Submitting;

/// <summary><c>POST /v1/jobs</c>: takes in one job, and waits for its end when asked to.</summary>
internal sealed class SubmitEndpoint(ExecutorLoop loop, HomeJobs jobs, BodyBudget bodies)
{
    /// <summary>Handles the request.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var wait = context.Wait();
        var (terms, content) = await bodies.ReadAsync(
            context,
            static body =>
            {
                var request = JobRequestReader.Read(body.Span);
                return (request.ToTerms(), request.ToContent());
            }
        );
        var answer = await loop.AskAsync(request => new Input.Submit(request, terms, content), context.RequestAborted);
        var id = answer switch
        {
            Answer.Submitted submitted => submitted.Id,
            Answer.Refused refused => throw HttpProblem.Refused(refused),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        context.Response.Headers.Location = $"/v1/jobs/{id}";
        if (wait is null)
        {
            var document = new SubmittedDocument(id.ToString());
            await context.WriteJsonAsync(document, HttpJson.Plain.SubmittedDocument, StatusCodes.Status201Created);
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
