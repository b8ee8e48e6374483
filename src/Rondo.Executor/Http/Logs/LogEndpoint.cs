using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Rondo.Core;
using Rondo.Executor.Http.Forwarding;
using Rondo.Executor.Http.Jobs;
using Rondo.Executor.Running;

namespace Rondo.Executor.Http.Logs;

/// <summary>
/// <c>GET /v1/jobs/{id}/logs</c>: what a job writes, as it writes it. The home answers: out of its store for a finished job, out of the
/// runner for one that runs here, out of its holder for one that runs elsewhere.
/// </summary>
internal sealed class LogEndpoint(HomeJobs jobs, JobRunner runner, Forwarder forwarder, ExecutorId self, ILogger logger)
{
    /// <summary>Handles the request. With <c>live=true</c>, which executors use among themselves, only what runs here.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var id = context.JobId();
        var stream = StreamOf(context);
        var follow = context.QueryFlag("follow");
        context.AllowSlowClient();
        context.Response.ContentType = "application/octet-stream";
        if (context.QueryFlag("live"))
        {
            await SendLiveAsync(context, id, stream, follow);
        }
        else if (id.Home != self)
        {
            await forwarder.ForwardAsync(context, id.Home, $"only {id.Home} can answer for {id}");
        }
        else
        {
            var job = await jobs.FindAsync(id, context.RequestAborted);
            await new LogTransfer(context, stream, follow, jobs, runner, forwarder, self, logger).SendAsync(job);
        }
    }

    private async Task SendLiveAsync(HttpContext context, JobId id, CommandStream stream, bool follow)
    {
        var output =
            runner.OpenOutput(id, stream, context.QueryNumber("offset", 0, long.MaxValue, 0))
            ?? throw HttpProblem.NotFound($"job {id} does not run on {self}");
        await context.Response.StartAsync(context.RequestAborted);
        await foreach (var bytes in output.NowOrFollowing(follow, context.RequestAborted))
        {
            await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
    }

    private static CommandStream StreamOf(HttpContext context) =>
        context.QueryText("stream") switch
        {
            null or "stdout" => CommandStream.Output,
            "stderr" => CommandStream.Errors,
            var text => throw HttpProblem.BadRequest($"stream is '{text}': expected stdout or stderr"),
        };
}
