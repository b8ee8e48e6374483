using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Rondo.Executor.Http.Forwarding;
using Rondo.Executor.Http.Jobs;
using Rondo.Executor.Loop;

namespace Rondo.Executor.Http.Submitting;

/// <summary>
/// <c>POST /v1/jobs:batch</c>: a job per line in, an id or an error per line out; with <c>?results=true</c> also a line for the end of
/// each job.
/// </summary>
internal sealed class BatchEndpoint(ExecutorLoop loop, HomeJobs jobs, BodyBudget bodies, Forwarder forwarder, int jobMaxBytes)
{
    private readonly LineForwarder _lines = new(forwarder);

    /// <summary>Handles the request.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        context.LimitBody(null);
        context.AllowSlowClient();
        context.Response.ContentType = "application/x-ndjson";
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);

        // A reader of its own: the server's refuses to buffer a line that is longer than its own buffer.
        var body = PipeReader.Create(context.Request.Body, new StreamPipeReaderOptions(bufferSize: LineReader.BlockBytes));
        using var share = bodies.Open();
        var batch = new Batch(loop, _lines, jobs, bodies, share, context.QueryFlag("results"), ended.Token);
        await batch.RunAsync(new LineReader(body, jobMaxBytes, share), context.Response.BodyWriter, ended);
    }
}
