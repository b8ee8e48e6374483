using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Rondo.Core;
using Rondo.Executor.Http.Forwarding;
using Rondo.Executor.Http.Jobs;
using Rondo.Executor.Running;

namespace Rondo.Executor.Http.Logs;

/// <summary>
/// Sends one client the log of one job of this home. Following, it goes on wherever the job goes, until the job is final; when a crash
/// makes the job start again, the new attempt's output follows what the old one wrote.
/// </summary>
internal sealed class LogTransfer(
    HttpContext context,
    CommandStream stream,
    bool follow,
    HomeJobs jobs,
    JobRunner runner,
    Forwarder forwarder,
    ExecutorId self,
    ILogger logger
)
{
    private const int BlockBytes = 64 * 1024;

    private readonly CancellationToken _cancellationToken = context.RequestAborted;

    // How much of which attempt the client has.
    private Attempt _attempt;
    private long _sent;

    /// <summary>Sends the log, beginning with the job as it was found.</summary>
    public async Task SendAsync(JobView job)
    {
        if (job.IsFinal)
        {
            await SendStoredAsync(job);
            return;
        }

        // The client hears at once that there is such a job, even if it writes nothing for long.
        await context.Response.StartAsync(_cancellationToken);
        await context.Response.Body.FlushAsync(_cancellationToken);
        while (!job.IsFinal)
        {
            if (job.State == JobState.Running)
            {
                await SendLiveAsync(job);
            }

            if (!follow)
            {
                return;
            }

            // The output has ended, or has not begun: what comes next begins with the job being different.
            job = await jobs.NewsAsync(job, _cancellationToken);
        }

        await SendStoredAsync(job);
    }

    private async Task SendStoredAsync(JobView job)
    {
        BeginAttempt(job);
        if (jobs.LargeOutput(job.Id) is { } large)
        {
            var errors = stream != CommandStream.Output;
            var bytes = errors ? large.ErrorBytes : large.ResultBytes;
            var offset = (int)Math.Min(_sent, bytes);
            if (!context.Response.HasStarted)
            {
                context.Response.ContentLength = bytes - offset;
            }

            await context.Response.SendAsync(large, errors, offset, _cancellationToken);
            return;
        }

        var output = jobs.Output(job.Id);
        var whole = stream == CommandStream.Output ? output.Result : output.Errors;
        var rest = whole[(int)Math.Min(_sent, whole.Length)..];
        if (!context.Response.HasStarted)
        {
            context.Response.ContentLength = rest.Length;
        }

        await WriteAsync(rest);
    }

    private async Task SendLiveAsync(JobView job)
    {
        BeginAttempt(job);
        if (job.Holder != self)
        {
            await SendFromHolderAsync(job);
            return;
        }

        if (runner.OpenOutput(job.Id, stream, _sent) is { } output)
        {
            await foreach (var bytes in output.NowOrFollowing(follow, _cancellationToken))
            {
                await WriteAsync(bytes);
            }
        }
    }

    private async Task SendFromHolderAsync(JobView job)
    {
        try
        {
            var holder = await forwarder.ReachAsync(job.Holder, $"it runs {job.Id}", _cancellationToken);
            var name = stream == CommandStream.Output ? "stdout" : "stderr";
            var query = $"live=true&stream={name}&follow={(follow ? "true" : "false")}&offset={_sent}";
            using var request = new HttpRequestMessage(
                HttpMethod.Get,
                new Uri($"http://{holder.RingAddress}/v1/jobs/{job.Id}/logs?{query}")
            );
            using var response = await forwarder.SendAsync(request, _cancellationToken);
            if (!response.IsSuccessStatusCode)
            {
                // It has ended there already: its result is on the way.
                return;
            }

            await using var body = await response.Content.ReadAsStreamAsync(_cancellationToken);
            var block = new byte[BlockBytes];
            int read;
            while ((read = await body.ReadAsync(block, _cancellationToken)) > 0)
            {
                await WriteAsync(block.AsMemory(0, read));
            }
        }
        catch (Exception error)
            when (error is HttpRequestException or IOException or HttpProblem && !_cancellationToken.IsCancellationRequested)
        {
            // The holder is gone, or out of reach: whatever becomes of the job is news to its home.
            HttpLog.HolderLost(logger, job.Id, job.Holder, error.Message);
        }
    }

    private void BeginAttempt(JobView job)
    {
        if (job.Attempt != _attempt)
        {
            _attempt = job.Attempt;
            _sent = 0;
        }
    }

    private async Task WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        await context.Response.Body.WriteAsync(bytes, _cancellationToken);
        await context.Response.Body.FlushAsync(_cancellationToken);
        _sent += bytes.Length;
    }
}
