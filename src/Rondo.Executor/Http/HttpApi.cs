using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Rondo.Core;
using Rondo.Executor.Crons;
using Rondo.Executor.Http.Crons;
using Rondo.Executor.Http.Keys;
using Rondo.Executor.Http.Executors;
using Rondo.Executor.Http.Forwarding;
using Rondo.Executor.Http.Groups;
using Rondo.Executor.Http.Jobs;
using Rondo.Executor.Http.Logs;
using Rondo.Executor.Http.Submitting;
using Rondo.Executor.Loop;
using Rondo.Executor.Running;
using Rondo.Storage;

namespace Rondo.Executor.Http;

/// <summary>The HTTP interface of an executor: every path with its endpoint.</summary>
internal sealed class HttpApi
{
    private readonly ExecutorId _self;
    private readonly ExecutorLoop _loop;
    private readonly ILogger _logger;
    private readonly Forwarder _forwarder;
    private readonly SubmitEndpoint _submit;
    private readonly BatchEndpoint _batch;
    private readonly JobEndpoints _job;
    private readonly ListEndpoint _list;
    private readonly GroupEndpoints _group;
    private readonly CronEndpoints _cron;
    private readonly KeyEndpoint _keys;
    private readonly LogEndpoint _log;
    private readonly RingEndpoint _ring;
    private readonly MembershipEndpoints _membership;

    public HttpApi(
        ExecutorId self,
        ExecutorLoop loop,
        StoreReader store,
        JobRunner runner,
        RingLookup ring,
        Forwarder forwarder,
        CronJobs crons,
        int jobMaxBytes,
        ILogger<HttpApi> logger
    )
    {
        (_self, _loop, _logger) = (self, loop, logger);
        var jobs = new HomeJobs(loop, store, self);
        _forwarder = forwarder;
        var bodies = new BodyBudget(jobMaxBytes);
        _cron = new CronEndpoints(crons, ring, _forwarder, bodies, self);
        _keys = new KeyEndpoint(loop, store, ring);
        _submit = new SubmitEndpoint(loop, jobs, bodies, _forwarder);
        _batch = new BatchEndpoint(loop, jobMaxBytes);
        _job = new JobEndpoints(jobs, _forwarder, self);
        _list = new ListEndpoint(jobs, ring, _forwarder, self);
        _log = new LogEndpoint(jobs, runner, _forwarder, self, logger);
        _group = new GroupEndpoints(new GroupJobs(loop, store, jobs, self), ring, _forwarder, self);
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
        app.MapPost("/v1/groups/{group}:cancel", _group.CancelAsync);
        app.MapGet("/v1/groups/{group}/results", _group.ResultsAsync);
        app.MapGet("/v1/keys/{key}", _keys.HandleAsync);
        app.MapGet("/v1/crons", _cron.ListAsync);
        app.MapPut("/v1/crons/{name}", _cron.PutAsync);
        app.MapGet("/v1/crons/{name}", _cron.ShowAsync);
        app.MapDelete("/v1/crons/{name}", _cron.DeleteAsync);
        app.MapPost("/v1/crons/{name}:take", _cron.TakeAsync);
        app.MapGet("/v1/ring", _ring.HandleAsync);
        app.MapPost("/v1/executors/{id}:drain", _membership.DrainAsync);
        app.MapPost("/v1/executors/{id}:remove", _membership.RemoveAsync);
        app.MapGet("/health/live", static context => context.Response.WriteAsync("live\n"));
        app.MapGet("/health/ready", ReadyAsync);
    }

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
