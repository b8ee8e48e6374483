using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Rondo.Core;
using Rondo.Executor.Crons;
using Rondo.Executor.Http.Crons;
using Rondo.Executor.Http.Events;
using Rondo.Executor.Http.Executors;
using Rondo.Executor.Http.Forwarding;
using Rondo.Executor.Http.Groups;
using Rondo.Executor.Http.Jobs;
using Rondo.Executor.Http.Keys;
using Rondo.Executor.Http.Logs;
using Rondo.Executor.Http.Submitting;
using Rondo.Executor.Loop;
using Rondo.Executor.Running;
using Rondo.Storage;

namespace Rondo.Executor.Http;

/// <summary>The HTTP interface of an executor: every path with its endpoint, which takes and gives bytes, so that nothing is bound by reflection.</summary>
internal sealed class HttpApi : IDisposable
{
    private readonly ExecutorId _self;
    private readonly ExecutorLoop _loop;
    private readonly Forwarder _forwarder;
    private readonly SubmitEndpoint _submit;
    private readonly BatchEndpoint _batch;
    private readonly JobEndpoints _job;
    private readonly RetryEndpoint _retry;
    private readonly ProgressEndpoint _progress;
    private readonly ListEndpoint _list;
    private readonly GroupEndpoints _group;
    private readonly CronEndpoints _cron;
    private readonly KeyEndpoint _key;
    private readonly LogEndpoint _log;
    private readonly RingEndpoint _ring;
    private readonly MembershipEndpoints _membership;
    private readonly EventEndpoint _events;

    public HttpApi(
        ExecutorId self,
        Incarnation start,
        ExecutorLoop loop,
        StoreReader store,
        JobRunner runner,
        int jobMaxBytes,
        TimeProvider time,
        ILogger<HttpApi> logger
    )
    {
        (_self, _loop) = (self, loop);
        var ring = new RingLookup(loop, self);
        var jobs = new HomeJobs(loop, store, self);
        _forwarder = new Forwarder(self, ring, logger);
        var bodies = new BodyBudget(jobMaxBytes);
        Crons = new CronJobs(loop, ring, self, time);
        _submit = new SubmitEndpoint(loop, jobs, bodies, _forwarder);
        _batch = new BatchEndpoint(loop, jobs, bodies, _forwarder, jobMaxBytes);
        _job = new JobEndpoints(jobs, ring, _forwarder, self);
        _retry = new RetryEndpoint(loop, jobs, store, ring, bodies, _forwarder, self);
        _progress = new ProgressEndpoint(loop, _forwarder, self);
        _list = new ListEndpoint(jobs, ring, _forwarder, self);
        _log = new LogEndpoint(jobs, runner, _forwarder, self, logger);
        var groups = new GroupJobs(loop, store, jobs, self, start);
        _group = new GroupEndpoints(groups, ring, _forwarder, self);
        _cron = new CronEndpoints(Crons, ring, _forwarder, bodies, self);
        _key = new KeyEndpoint(loop, store, ring);
        _ring = new RingEndpoint(ring, self);
        _membership = new MembershipEndpoints(loop, Crons, _forwarder, self);
        _events = new EventEndpoint(jobs, groups, ring, _forwarder, self);
    }

    /// <summary>The crons that are kept here.</summary>
    public CronJobs Crons { get; }

    /// <summary>Asks other executors.</summary>
    public Forwarder Forwarder => _forwarder;

    /// <summary>Every method and path with what answers it.</summary>
    public static IReadOnlyList<HttpRoute> Routes { get; } =
    [
        new("POST", "/v1/jobs", api => api._submit.HandleAsync, ["wait"]),
        new("POST", "/v1/jobs:batch", api => api._batch.HandleAsync, ["results"]),
        new("GET", "/v1/jobs", api => api._list.HandleAsync, ["state", "name", "group", "label", "since", "limit", "cursor"]),
        new("GET", "/v1/jobs/{id}", api => api._job.ShowAsync, ["wait"]),
        new("GET", "/v1/jobs/{id}/result", api => api._job.ResultAsync, ["wait"]),
        new("GET", "/v1/jobs/{id}/logs", api => api._log.HandleAsync, ["stream", "follow"]),
        new("POST", "/v1/jobs/{id}:cancel", api => api._job.CancelAsync),
        new("POST", "/v1/groups/{group}:cancel", api => api._group.CancelAsync),
        new("GET", "/v1/groups/{group}/results", api => api._group.ResultsAsync, ["follow", "count"]),
        new("GET", "/v1/crons", api => api._cron.ListAsync),
        new("PUT", "/v1/crons/{name}", api => api._cron.PutAsync),
        new("GET", "/v1/crons/{name}", api => api._cron.ShowAsync),
        new("DELETE", "/v1/crons/{name}", api => api._cron.DeleteAsync),
        new("GET", "/v1/crons:kept", api => api._cron.KeptAsync, IsAmongExecutors: true),
        new("POST", "/v1/crons/{name}:take", api => api._cron.TakeAsync, IsAmongExecutors: true),
        new("POST", "/v1/keys", api => api._key.HandleManyAsync, IsAmongExecutors: true),
        new("GET", "/v1/keys/{key}", api => api._key.HandleAsync, IsAmongExecutors: true),
        new("POST", "/v1/jobs/{id}:retry", api => api._retry.HandleAsync),
        new("POST", "/v1/jobs:take", api => api._retry.TakeAsync, IsAmongExecutors: true),
        new("GET", "/v1/jobs/{id}/explain", api => api._job.ExplainAsync),
        new("POST", "/v1/jobs/{id}/progress", api => api._progress.HandleAsync),
        new("GET", "/v1/ring", api => api._ring.HandleAsync),
        new("GET", "/v1/events", api => api._events.HandleAsync, ["job", "group", "ring"]),
        new("POST", "/v1/executors/{id}:drain", api => api._membership.DrainAsync, ["wait"]),
        new("POST", "/v1/executors/{id}:remove", api => api._membership.RemoveAsync),
    ];

    /// <summary>False from when the executor stops, so that a load balancer sends clients elsewhere.</summary>
    public bool IsReady { get; set; }

    /// <summary>Whether it takes jobs, in a word for people.</summary>
    public string Condition =>
        IsReady ? "ready"
        : _loop.IsStarted ? "stopping"
        : "starting";

    /// <summary>Answers a request.</summary>
    /// <exception cref="HttpProblem">It cannot be answered as it was meant.</exception>
    public Task HandleAsync(HttpRoute route, HttpContext context)
    {
        if (!_loop.IsStarted)
        {
            throw HttpProblem.Unavailable(_self, $"executor {_self} is starting; try again in a moment");
        }

        RefuseUnknownQuery(route, context);
        return route.Endpoint(this)(context);
    }

    /// <summary>
    /// A word that is spelt wrong would change what is meant without a sound, such as which jobs are listed. Executors ask each other
    /// with words of their own, and with those of later releases.
    /// </summary>
    private static void RefuseUnknownQuery(HttpRoute route, HttpContext context)
    {
        if (!context.Request.QueryString.HasValue || route.IsAmongExecutors || context.Request.Headers.ContainsKey(Forwarder.Header))
        {
            return;
        }

        foreach (var name in context.Request.Query.Keys)
        {
            if (!route.Query.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                throw HttpProblem.BadRequest(
                    $"unknown query parameter '{name}': {route.Method} {route.Pattern} takes "
                        + (route.Query.Count == 0 ? "none" : string.Join(", ", route.Query))
                );
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _forwarder.Dispose();
}

/// <summary>A method and a path of the HTTP interface.</summary>
/// <param name="Parameters">The names of its query; null for none.</param>
/// <param name="IsAmongExecutors">True for what only executors ask each other.</param>
internal sealed record HttpRoute(
    string Method,
    string Pattern,
    Func<HttpApi, RequestDelegate> Endpoint,
    string[]? Parameters = null,
    bool IsAmongExecutors = false
)
{
    public IReadOnlyList<string> Query { get; } = Parameters ?? [];
}
