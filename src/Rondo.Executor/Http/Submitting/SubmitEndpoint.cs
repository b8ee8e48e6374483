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
        if (await SubmitAsync(context, key, wait) is { } submitted)
        {
            // It is on the disk: while the client waits for its end, nothing of it is in memory here.
            await AnswerAsync(context, submitted, wait);
        }
    }

    /// <summary>Hands the job in; null when the client was answered already.</summary>
    private async Task<Answer.Submitted?> SubmitAsync(HttpContext context, string? key, TimeSpan? wait)
    {
        using var share = bodies.Open();
        var body = await bodies.ReadAsync(context, share);
        var request = await ReadAsync(body, context.RequestAborted);
        request.Repeat(key);
        if (request.Array is not null)
        {
            await SubmitArrayAsync(context, request, body, share, wait);
            return null;
        }

        switch (await AskAsync(request, context.RequestAborted))
        {
            case Answer.Submitted submitted:
                return submitted;
            case Answer.Elsewhere elsewhere:
                var json = new JobsContent([request.Json(body)]);
                await forwarder.ForwardAsync(context, elsewhere.Owner.Id, "only it can take a job of this key", json);
                return null;
            case Answer.Unreachable unreachable:
                throw HttpProblem.Unavailable(unreachable.Executor, unreachable.Message);
            case Answer.Refused refused:
                throw HttpProblem.Refused(refused);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private async ValueTask<JobRequest> ReadAsync(Memory<byte> body, CancellationToken cancellationToken)
    {
        if (body.Length <= LineReader.LongBytes)
        {
            return JobRequestReader.ReadKept(body);
        }

        using (await bodies.LargeTurnAsync(cancellationToken))
        {
            return JobRequestReader.ReadKept(body);
        }
    }

    private Task<Answer> AskAsync(JobRequest request, CancellationToken cancellationToken)
    {
        var content = request.ToContent();
        var terms = request.ToTerms().WithDigest(content);
        return loop.AskAsync(id => new Input.Submit(id, terms, content), cancellationToken);
    }

    private async Task SubmitArrayAsync(
        HttpContext context,
        JobRequest request,
        ReadOnlyMemory<byte> body,
        ByteBudget.Share share,
        TimeSpan? wait
    )
    {
        if (wait is not null)
        {
            throw HttpProblem.BadRequest(
                "wait is for a single job, and \"array\" makes many: wait for each of its ids, or follow them all with /v1/jobs:batch?results=true"
            );
        }

        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        var array = await new Batch(loop, _lines, jobs, bodies, share, follow: false, ended.Token).RunAsync(request, body, ended);
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
