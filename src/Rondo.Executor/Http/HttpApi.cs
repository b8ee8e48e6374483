using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Rondo.Core;
using Rondo.Executor.Http.Executors;
using Rondo.Executor.Http.Forwarding;
using Rondo.Executor.Http.Jobs;
using Rondo.Executor.Http.Logs;
using Rondo.Executor.Http.Submitting;
using Rondo.Executor.Loop;
using Rondo.Executor.Running;
using Rondo.Storage;

namespace Rondo.Executor.Http;

/// <summary>The HTTP interface of an executor: every path with its endpoint.</summary>
internal sealed class HttpApi : IDisposable
{
    private readonly ExecutorId _self;
    private readonly ExecutorLoop _loop;
    private readonly ILogger _logger;
    private readonly Forwarder _forwarder;
    private readonly SubmitEndpoint _submit;
    private readonly BatchEndpoint _batch;
    private readonly JobEndpoints _job;
    private readonly ListEndpoint _list;
    private readonly LogEndpoint _log;
    private readonly RingEndpoint _ring;
    private readonly MembershipEndpoints _membership;

    public HttpApi(ExecutorId self, ExecutorLoop loop, StoreReader store, JobRunner runner, int jobMaxBytes, ILogger<HttpApi> logger)
    {
        (_self, _loop, _logger) = (self, loop, logger);
        var ring = new RingLookup(loop, self);
        var jobs = new HomeJobs(loop, store, self);
        _forwarder = new Forwarder(self, ring, logger);
        _submit = new SubmitEndpoint(loop, jobs, new BodyBudget(jobMaxBytes));
        _batch = new BatchEndpoint(loop, jobMaxBytes);
        _job = new JobEndpoints(jobs, _forwarder, self);
        _list = new ListEndpoint(jobs, ring, _forwarder, self);
        _log = new LogEndpoint(jobs, runner, _forwarder, self, logger);
        _ring = new RingEndpoint(ring, self);
        _membership = new MembershipEndpoints(loop, _forwarder, self);
    }

    /// <summary>False from when the executor stops, so that a load balancer sends clients elsewhere.</summary>
    public bool IsReady { get; set; }

    /// <summary>Adds middleware and routes. The endpoints take and give bytes, so that nothing is bound by reflection.</summary>
    public void Map(WebApplication app)
    {
        app.UseProblems(_logger);
        app.UseRouting();
        app.Use(RefuseUntilStarted);
        app.MapPost("/v1/jobs", _submit.HandleAsync);
        app.MapPost("/v1/jobs:batch", _batch.HandleAsync);
        app.MapGet("/v1/jobs", _list.HandleAsync);
        app.MapGet("/v1/jobs/{id}", _job.ShowAsync);
        app.MapGet("/v1/jobs/{id}/result", _job.ResultAsync);
        app.MapGet("/v1/jobs/{id}/logs", _log.HandleAsync);
        app.MapPost("/v1/jobs/{id}:cancel", _job.CancelAsync);
        app.MapGet("/v1/ring", _ring.HandleAsync);
        app.MapPost("/v1/executors/{id}:drain", _membership.DrainAsync);
        app.MapPost("/v1/executors/{id}:remove", _membership.RemoveAsync);
        app.MapGet("/health/live", static context => context.Response.WriteAsync("live\n"));
        app.MapGet("/health/ready", ReadyAsync);
    }

    /// <inheritdoc/>
    public void Dispose() => _forwarder.Dispose();

    private Task RefuseUntilStarted(HttpContext context, RequestDelegate next) =>
        _loop.IsStarted || !context.Request.Path.StartsWithSegments("/v1", StringComparison.Ordinal)
            ? next(context)
            : throw HttpProblem.Unavailable(_self, $"executor {_self} is starting; try again in a moment");

    private Task ReadyAsync(HttpContext context)
    {
        context.Response.StatusCode = IsReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = "text/plain";
        return context.Response.WriteAsync(
            IsReady ? "ready\n"
            : _loop.IsStarted ? "stopping\n"
            : "starting\n"
        );
    }
}
