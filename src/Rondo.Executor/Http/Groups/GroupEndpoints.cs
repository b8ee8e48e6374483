using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Rondo.Core;
using Rondo.Executor.Http.Forwarding;

namespace Rondo.Executor.Http.Groups;

/// <summary>All jobs of a group, whatever their homes: their end before their time, and their results. Any executor does it for all.</summary>
internal sealed class GroupEndpoints(GroupJobs jobs, RingLookup ring, Forwarder forwarder, ExecutorId self)
{
    private static readonly TimeSpan PeerPatience = TimeSpan.FromSeconds(10);

    /// <summary><c>POST /v1/groups/{group}:cancel</c>. With <c>local=true</c>, which executors use among themselves, only this home's jobs.</summary>
    public async Task CancelAsync(HttpContext context)
    {
        var group = context.RouteText("group");
        var document = context.QueryFlag("local")
            ? new GroupCancelledDocument(await jobs.CancelAsync(group, context.RequestAborted), [])
            : await CancelEverywhereAsync(group, context);
        await context.WriteJsonAsync(document, HttpJson.Plain.GroupCancelledDocument);
    }

    /// <summary>
    /// <c>GET /v1/groups/{group}/results</c>: a line for each job that has ended, and with <c>follow=true</c> for each that ends, until the
    /// client leaves or has as many as it asked for with <c>count</c>.
    /// </summary>
    public async Task ResultsAsync(HttpContext context)
    {
        var group = context.RouteText("group");
        var follow = context.QueryFlag("follow");
        var count = context.QueryNumber("count", 1, long.MaxValue, long.MaxValue);
        var local = context.QueryFlag("local");
        context.AllowSlowClient();
        context.Response.ContentType = "application/x-ndjson";
        if (local)
        {
            GroupPlace? from = GroupPlace.TryParse(context.QueryText("from") ?? "", out var place) ? place : null;
            await using var lines = jobs.LinesAsync(group, follow, from, context.QueryFlag("places"), context.RequestAborted)
                .GetAsyncEnumerator();
            await WriteAsync(lines, count, context);
            return;
        }

        using var merging = new GroupMerge(group, follow, jobs, ring, forwarder, self, context.RequestAborted);
        var unreachable = await merging.StartAsync();
        if (unreachable.Count > 0)
        {
            context.Response.Headers["Rondo-Unreachable"] = string.Join(',', unreachable);
        }

        await using var merged = merging.LinesAsync().GetAsyncEnumerator(context.RequestAborted);
        await WriteAsync(merged, count, context);
    }

    /// <summary>Writes lines as they come; those that come together are sent together.</summary>
    private static async Task WriteAsync(IAsyncEnumerator<GroupLine> lines, long count, HttpContext context)
    {
        var body = context.Response.BodyWriter;

        // The client hears at once that it is understood, even if nothing ends for long.
        await body.FlushAsync(context.RequestAborted);
        for (var written = 0L; written < count; written++)
        {
            var next = lines.MoveNextAsync();
            if (!next.IsCompleted)
            {
                await body.FlushAsync(context.RequestAborted);
            }

            if (!await next)
            {
                return;
            }

            await body.WriteAsync(lines.Current.Json, context.RequestAborted);
        }
    }

    private async Task<GroupCancelledDocument> CancelEverywhereAsync(string group, HttpContext context)
    {
        var others = (await ring.RingAsync(context.RequestAborted)).Executors.Where(executor => executor.Member.Id != self).ToArray();
        var asked = others.Select(executor => CancelAtAsync(executor, group, context.RequestAborted)).ToArray();
        var cancelled = await jobs.CancelAsync(group, context.RequestAborted);
        var unreachable = new List<string>();
        for (var i = 0; i < asked.Length; i++)
        {
            if (await asked[i] is { } number)
            {
                cancelled += number;
            }
            else
            {
                unreachable.Add(others[i].Member.Id.ToString());
            }
        }

        return new GroupCancelledDocument(cancelled, unreachable);
    }

    private async Task<long?> CancelAtAsync(RingMemberView executor, string group, CancellationToken cancellationToken)
    {
        if (!await forwarder.AnswersAsync(executor, cancellationToken))
        {
            return null;
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(PeerPatience);
        try
        {
            var uri = new Uri($"http://{executor.Member.RingAddress}/v1/groups/{Uri.EscapeDataString(group)}:cancel?local=true");
            using var request = new HttpRequestMessage(HttpMethod.Post, uri);
            using var response = await forwarder.SendAsync(request, patience.Token);
            response.EnsureSuccessStatusCode();
            await using var body = await response.Content.ReadAsStreamAsync(patience.Token);
            return (await JsonSerializer.DeserializeAsync(body, HttpJson.Plain.GroupCancelledDocument, patience.Token))?.Cancelled;
        }
        catch (Exception error)
            when (error is HttpRequestException or IOException or JsonException
                || (error is OperationCanceledException && !cancellationToken.IsCancellationRequested)
            )
        {
            // Named in the answer as unreachable.
            return null;
        }
    }
}
