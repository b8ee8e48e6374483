using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Rondo.Executor.Loop;

namespace Rondo.Executor.Http.Submitting;

/// <summary><c>POST /v1/jobs:batch</c>: a job per line in, an id or an error per line out.</summary>
internal sealed class BatchEndpoint(ExecutorLoop loop, int jobMaxBytes)
{
    /// <summary>Handles the request.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        context.LimitBody(null);
        context.AllowSlowClient();
        context.Response.ContentType = "application/x-ndjson";
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        var batch = new Batch(loop, ended.Token);

        // A reader of its own: the server's refuses to buffer a line that is longer than its own buffer.
        var body = PipeReader.Create(context.Request.Body, new StreamPipeReaderOptions(bufferSize: LineReader.BlockBytes));
        var reading = batch.ReadAsync(new LineReader(body, jobMaxBytes));
        var answering = batch.AnswerAsync();
        var sending = batch.SendAsync(context.Response.BodyWriter);
        await foreach (var part in Task.WhenEach(reading, answering, sending))
        {
            if (!part.IsCompletedSuccessfully)
            {
                // One part that fails ends the others; its own failure is what the client sees.
                await ended.CancelAsync();
                await part;
            }
        }
    }
}
