using Microsoft.AspNetCore.Http;
using Rondo.Core;
using Rondo.Executor.Http.Forwarding;
using Rondo.Executor.Loop;
using Rondo.Storage;

namespace Rondo.Executor.Http.Keys;

/// <summary>
/// <c>GET /v1/keys/{key}</c>, which executors use among themselves: whether a job of this idempotency key was taken in here. Whoever asks
/// is known here as a member, and then no further job of a key that belongs to it is taken in: the answer is the last word.
/// </summary>
internal sealed class KeyEndpoint(ExecutorLoop loop, StoreReader store, RingLookup ring)
{
    /// <summary>Handles the request.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var key = context.RouteText("key");
        if (!ExecutorId.TryParse((string?)context.Request.Headers[Forwarder.Header] ?? "", out var asker))
        {
            throw HttpProblem.BadRequest("only executors ask for keys");
        }

        await ring.FindAsync(asker, "only members of the ring are told of keys", context.RequestAborted);
        var answer = await loop.AskAsync(request => new Input.QueryKey(request, key), context.RequestAborted);
        var known = answer switch
        {
            Answer.Key found => found.Known ?? store.FindKey(key),
            Answer.Refused refused => throw HttpProblem.Refused(refused),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        await context.WriteJsonAsync(new KeyDocument(known?.Id.ToString(), known?.Digest), HttpJson.Plain.KeyDocument);
    }
}
