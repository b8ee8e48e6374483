using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Rondo.Core;
using Rondo.Executor.Http.Forwarding;
using Rondo.Executor.Http.Groups;
using Rondo.Executor.Http.Jobs;

namespace Rondo.Executor.Http.Events;

/// <summary>
/// <c>GET /v1/events</c>: what becomes of a job, of a group, or of the ring, as it happens. Every event is a whole document: a client that missed
/// some in between has lost nothing but history.
/// </summary>
internal sealed class EventEndpoint(HomeJobs jobs, GroupJobs groups, RingLookup ring, Forwarder forwarder, ExecutorId self)
{
    /// <summary>The most clients that one executor sends events to.</summary>
    public const int MaxClients = 1_000;

    private static readonly TimeSpan RingPace = TimeSpan.FromMilliseconds(250);

    private int _clients;

    /// <summary>Handles the request.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var job = context.QueryText("job");
        var group = context.QueryText("group");
        var wantsRing = context.Request.Query.ContainsKey("ring");
        if ((job is null ? 0 : 1) + (group is null ? 0 : 1) + (wantsRing ? 1 : 0) != 1)
        {
            throw HttpProblem.BadRequest("expected one of job, such as ?job=k7q2-42, group, such as ?group=sweep, and ring, as ?ring");
        }

        if (Interlocked.Increment(ref _clients) > MaxClients)
        {
            Interlocked.Decrement(ref _clients);
            throw HttpProblem.Full($"{MaxClients} clients are sent events already; ask another executor, or try again later");
        }

        try
        {
            await (
                job is not null ? SendJobAsync(context, context.JobId(job))
                : group is not null ? SendGroupAsync(context, group)
                : SendRingAsync(context)
            );
        }
        finally
        {
            Interlocked.Decrement(ref _clients);
        }
    }

    /// <summary>The job now, and whenever its state, its place, its attempt or its progress changes, until it is final.</summary>
    private async Task SendJobAsync(HttpContext context, JobId id)
    {
        if (id.Home != self)
        {
            await forwarder.ForwardAsync(context, id.Home, $"only {id.Home} can answer for {id}");
            return;
        }

        var stream = new EventStream(context);
        var job = await jobs.FindAsync(id, context.RequestAborted);
        await stream.StartAsync();
        var known = stream.LastId;
        while (true)
        {
            var now = IdOf(job);
            if (now != known)
            {
                await stream.SendAsync("job", now, job.ToDocument(), HttpJson.Plain.JobDocument);
                known = now;
            }

            if (job.IsFinal)
            {
                return;
            }

            job = await stream.AliveWhileAsync(jobs.NewsAsync(job, context.RequestAborted));
        }
    }

    /// <summary>
    /// The jobs of a group that have ended, whatever their homes, and then each that ends. A client that comes back, to any executor, is told
    /// of those that it has not seen, as far as their homes still know in which order they ended.
    /// </summary>
    private async Task SendGroupAsync(HttpContext context, string group)
    {
        var stream = new EventStream(context);
        var places = GroupPlaces.Parse(stream.LastId);
        var from = GroupPlaces.Parse(stream.LastId);
        using var merging = new GroupMerge(group, follow: true, groups, ring, forwarder, self, context.RequestAborted, from);
        var unreachable = await merging.StartAsync();
        if (unreachable.Count > 0)
        {
            context.Response.Headers["Rondo-Unreachable"] = string.Join(',', unreachable);
        }

        await stream.StartAsync();
        await using var lines = merging.LinesAsync().GetAsyncEnumerator(context.RequestAborted);
        while (await stream.AliveWhileAsync(lines.MoveNextAsync().AsTask()))
        {
            using var line = JsonDocument.Parse(lines.Current.Json);
            if (
                line.RootElement.TryGetProperty("place", out var text)
                && text.GetString() is { } told
                && GroupPlace.TryParse(told, out var place)
            )
            {
                places.Note(lines.Current.Id.Home, place);
            }

            await stream.SendAsync("job", places.ToId(), line.RootElement.GetProperty("job"), HttpJson.Plain.JsonElement);
        }
    }

    /// <summary>The ring whenever it has changed, a few times a second at most: the token alone changes it thousands of times.</summary>
    private async Task SendRingAsync(HttpContext context)
    {
        var stream = new EventStream(context);
        await stream.StartAsync();
        RingView? known = null;
        while (true)
        {
            var next = await stream.AliveWhileAsync(ChangedRingAsync(known, context.RequestAborted));
            await stream.SendAsync("ring", id: null, next.ToDocument(self), HttpJson.Plain.RingDocument);
            known = next;
            await Task.Delay(RingPace, context.RequestAborted);
        }
    }

    private async Task<RingView> ChangedRingAsync(RingView? known, CancellationToken cancellationToken)
    {
        while (true)
        {
            var now = await ring.RingAsync(cancellationToken);
            if (known is null || !IsSame(known, now))
            {
                return now;
            }

            await Task.Delay(RingPace, cancellationToken);
        }
    }

    /// <summary>That the token has gone round once more is no news.</summary>
    private static bool IsSame(RingView one, RingView other) =>
        one.Generation == other.Generation && one.Executors.SequenceEqual(other.Executors);

    private static string IdOf(JobView job) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{job.State.ToText()}.{job.Holder}.{job.Attempt.Value}{(job.Progress is { } said ? $".{said.At.UtcTicks:x}" : "")}"
        );
}
