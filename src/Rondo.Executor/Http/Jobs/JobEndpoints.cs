using Microsoft.AspNetCore.Http;
using Rondo.Core;
using Rondo.Executor.Http.Forwarding;

namespace Rondo.Executor.Http.Jobs;

/// <summary>One job: its state, its result, its end before its time. What concerns another home is passed on to it.</summary>
internal sealed class JobEndpoints(HomeJobs jobs, RingLookup ring, Forwarder forwarder, ExecutorId self)
{
    /// <summary><c>GET /v1/jobs/{id}</c></summary>
    public async Task ShowAsync(HttpContext context)
    {
        var id = context.JobId();
        var wait = context.Wait() ?? TimeSpan.Zero;
        if (!await IsForwardedAsync(context, id))
        {
            var job = await jobs.WaitAsync(id, wait, context.RequestAborted);
            await context.WriteJsonAsync(job.ToDocument(), HttpJson.Plain.JobDocument);
        }
    }

    /// <summary><c>GET /v1/jobs/{id}/explain</c></summary>
    public async Task ExplainAsync(HttpContext context)
    {
        var id = context.JobId();
        if (!await IsForwardedAsync(context, id))
        {
            var job = await jobs.FindAsync(id, context.RequestAborted);
            var explanation = Explanation.Of(job, await ring.RingAsync(context.RequestAborted), DateTimeOffset.UtcNow);
            await context.WriteJsonAsync(explanation, HttpJson.Plain.ExplanationDocument);
        }
    }

    /// <summary><c>GET /v1/jobs/{id}/result</c></summary>
    public async Task ResultAsync(HttpContext context)
    {
        var id = context.JobId();
        var wait = context.Wait() ?? TimeSpan.Zero;
        if (await IsForwardedAsync(context, id))
        {
            return;
        }

        var job = await jobs.WaitAsync(id, wait, context.RequestAborted);
        if (!job.IsFinal)
        {
            throw HttpProblem.NotFinished($"job {id} is {job.State.ToText()}; wait for it with ?wait=30s");
        }

        var large = jobs.LargeOutput(id);
        var output = large is null ? jobs.Output(id) : JobOutput.Empty;
        var response = context.Response;
        response.ContentType = large?.ResultType ?? output.ResultType ?? "application/octet-stream";
        response.ContentLength = large?.ResultBytes ?? output.Result.Length;
        response.Headers["Rondo-State"] = job.State.ToText();
        if (job.ExitCode is { } exitCode)
        {
            response.Headers["Rondo-Exit-Code"] = exitCode.ToString();
        }

        var dropped = large?.ResultBytesDropped ?? output.ResultBytesDropped;
        if (dropped > 0)
        {
            response.Headers["Rondo-Truncated"] = dropped.ToString();
        }

        context.AllowSlowClient();
        if (large is not null)
        {
            await response.SendAsync(large, errors: false, 0, context.RequestAborted);
            return;
        }

        await response.Body.WriteAsync(output.Result, context.RequestAborted);
    }

    /// <summary><c>POST /v1/jobs/{id}:cancel</c></summary>
    public async Task CancelAsync(HttpContext context)
    {
        var id = context.JobId();
        if (!await IsForwardedAsync(context, id))
        {
            var job = await jobs.CancelAsync(id, context.RequestAborted);
            await context.WriteJsonAsync(job.ToDocument(), HttpJson.Plain.JobDocument);
        }
    }

    private async Task<bool> IsForwardedAsync(HttpContext context, JobId id)
    {
        if (id.Home == self)
        {
            return false;
        }

        await forwarder.ForwardAsync(context, id.Home, $"only {id.Home} can answer for {id}");
        return true;
    }
}
