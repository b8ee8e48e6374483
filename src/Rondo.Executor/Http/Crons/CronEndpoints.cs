using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Rondo.Core;
using Rondo.Executor.Crons;
using Rondo.Executor.Http.Forwarding;
using Rondo.Executor.Http.Submitting;
using Rondo.Wire;

namespace Rondo.Executor.Http.Crons;

/// <summary>
/// <c>PUT, GET, DELETE /v1/crons/{name}</c> and <c>GET /v1/crons</c>: jobs that are handed in again and again. A cron is asked for at the
/// executor that it belongs to; any executor passes the question on.
/// </summary>
internal sealed class CronEndpoints(CronJobs crons, RingLookup ring, Forwarder forwarder, BodyBudget bodies, ExecutorId self)
{
    private static readonly TimeSpan PeerPatience = TimeSpan.FromSeconds(3);

    /// <summary>Keeps a cron: 201 for a new one, 200 for one that was there.</summary>
    public async Task PutAsync(HttpContext context)
    {
        var name = NameOf(context);
        using var share = bodies.Open();
        var body = await bodies.ReadAsync(context, share);
        var definition = CronDefinition.ReadNew(name, body);
        if (definition.Schedule.Next(DateTimeOffset.UnixEpoch) is null)
        {
            throw HttpProblem.BadRequest(
                $"\"cron\" is \"{definition.Expression}\": there is no such day in any year, so it would never fire"
            );
        }

        var owner = await crons.OwnerAsync(name, context.RequestAborted);
        if (owner.Id != self)
        {
            await forwarder.ForwardAsync(
                context,
                owner.Id,
                $"only {owner.Id} can keep the cron \"{name}\"",
                new ReadOnlyMemoryContent(body)
            );
            return;
        }

        // Another one may have it from before this executor was there, until it hands it over.
        var isNew = await crons.SetAsync(name, body, context.RequestAborted);
        await context.WriteJsonAsync(
            (await crons.FindAsync(name, context.RequestAborted))!,
            HttpJson.Plain.CronDocument,
            isNew ? StatusCodes.Status201Created : StatusCodes.Status200OK
        );
    }

    /// <summary><c>POST /v1/crons/{name}:take</c>, which executors use among themselves: a cron comes from where it was kept before.</summary>
    public async Task TakeAsync(HttpContext context)
    {
        using var share = bodies.Open();
        var body = await bodies.ReadAsync(context, share);
        Cron cron;
        try
        {
            cron = (RecordCodec.Decode(body.Span) as Record.CronKept)?.Cron ?? throw HttpProblem.BadRequest("this is not a cron");
        }
        catch (WireFormatException error)
        {
            throw HttpProblem.BadRequest($"this is not a cron: {error.Message}");
        }

        await crons.TakeAsync(cron, context.RequestAborted);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    /// <summary>
    /// <c>GET /v1/crons:kept</c>, which executors use among themselves: the crons that are kept here, unless nothing has changed since the
    /// caller asked for the last time (RFC 9110, 13.1.2).
    /// </summary>
    public async Task KeptAsync(HttpContext context)
    {
        // What changes from here on is told with the next version, too.
        var version = crons.Version;
        context.Response.Headers.ETag = version;
        if (context.Request.Headers.IfNoneMatch == version)
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        await context.Response.BodyWriter.WriteAsync(
            CronListCodec.Encode(await crons.KeptAsync(context.RequestAborted)),
            context.RequestAborted
        );
    }

    /// <summary>Shows a cron.</summary>
    public async Task ShowAsync(HttpContext context)
    {
        var name = NameOf(context);
        if (await IsForwardedAsync(context, name))
        {
            return;
        }

        var cron = await crons.FindAsync(name, context.RequestAborted) ?? throw NotFound(name);
        await context.WriteJsonAsync(cron, HttpJson.Plain.CronDocument);
    }

    /// <summary>Forgets a cron; jobs that it handed in go on.</summary>
    public async Task DeleteAsync(HttpContext context)
    {
        var name = NameOf(context);
        if (await IsForwardedAsync(context, name))
        {
            return;
        }

        if (!await crons.RemoveAsync(name, context.RequestAborted))
        {
            throw NotFound(name);
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    /// <summary>Lists the crons of the whole ring by name. With <c>local=true</c>, which executors use among themselves, only those kept here.</summary>
    public async Task ListAsync(HttpContext context)
    {
        var found = new List<CronDocument>(await crons.ListAsync(context.RequestAborted));
        var unreachable = new List<string>();
        if (!context.QueryFlag("local"))
        {
            var others = (await ring.RingAsync(context.RequestAborted)).Executors.Where(other => other.Member.Id != self).ToArray();
            var asked = others.Select(other => AskAsync(other, context.RequestAborted)).ToArray();
            for (var i = 0; i < asked.Length; i++)
            {
                if (await asked[i] is { } page)
                {
                    found.AddRange(page);
                }
                else
                {
                    unreachable.Add(others[i].Member.Id.ToString());
                }
            }
        }

        found.Sort(static (one, other) => string.CompareOrdinal(one.Name, other.Name));
        await context.WriteJsonAsync(new CronListDocument(found, unreachable), HttpJson.Plain.CronListDocument);
    }

    private async Task<IReadOnlyList<CronDocument>?> AskAsync(RingMemberView executor, CancellationToken cancellationToken)
    {
        if (!await forwarder.AnswersAsync(executor, cancellationToken))
        {
            return null;
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(PeerPatience);
        try
        {
            var uri = new Uri($"http://{executor.Member.RingAddress}/v1/crons?local=true");
            using var request = new HttpRequestMessage(HttpMethod.Get, uri);
            using var response = await forwarder.SendAsync(request, patience.Token);
            response.EnsureSuccessStatusCode();
            await using var body = await response.Content.ReadAsStreamAsync(patience.Token);
            return (await JsonSerializer.DeserializeAsync(body, HttpJson.Plain.CronListDocument, patience.Token))?.Crons;
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

    private async Task<bool> IsForwardedAsync(HttpContext context, string name)
    {
        var owner = await crons.OwnerAsync(name, context.RequestAborted);
        if (owner.Id == self)
        {
            return false;
        }

        await forwarder.ForwardAsync(context, owner.Id, $"only {owner.Id} keeps the cron \"{name}\"");
        return true;
    }

    private static string NameOf(HttpContext context) =>
        context.RouteText("name") is { Length: > 0 and <= CronDefinition.NameMaxLength } name && !name.Any(char.IsControl)
            ? name
            : throw HttpProblem.BadRequest($"the name of a cron has 1 to {CronDefinition.NameMaxLength} printable characters");

    private static HttpProblem NotFound(string name) => HttpProblem.NotFound($"there is no cron \"{name}\"");
}
