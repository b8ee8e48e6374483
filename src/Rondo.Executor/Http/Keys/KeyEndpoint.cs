using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Rondo.Core;
using Rondo.Executor.Http.Forwarding;
using Rondo.Executor.Loop;
using Rondo.Storage;

namespace Rondo.Executor.Http.Keys;

/// <summary>
/// <c>POST /v1/keys</c> and <c>GET /v1/keys/{key}</c>, which executors use among themselves: whether jobs of these idempotency keys were taken
/// in here. Whoever asks is known here as a member, and then no further job of a key that belongs to it is taken in: the answer is the last
/// word.
/// </summary>
internal sealed class KeyEndpoint(ExecutorLoop loop, StoreReader store, RingLookup ring)
{
    /// <summary>Answers for one key.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var key = context.RouteText("key");
        await KnowAskerAsync(context);
        await context.WriteJsonAsync(await FindAsync(key, context.RequestAborted), HttpJson.Plain.KeyDocument);
    }

    /// <summary>Answers for many keys, a JSON array of them, in their order.</summary>
    public async Task HandleManyAsync(HttpContext context)
    {
        string[]? keys;
        try
        {
            keys = await JsonSerializer.DeserializeAsync(context.Request.Body, HttpJson.Plain.StringArray, context.RequestAborted);
        }
        catch (JsonException wrong)
        {
            throw HttpProblem.BadRequest(wrong.Message);
        }

        if (keys is null || keys.Length > StoreQuestions.KeysMax)
        {
            throw HttpProblem.BadRequest($"expected at most {StoreQuestions.KeysMax} keys");
        }

        await KnowAskerAsync(context);
        var known = await Task.WhenAll(keys.Select(key => FindAsync(key, context.RequestAborted)));
        await context.WriteJsonAsync(known, HttpJson.Plain.KeyDocumentArray);
    }

    private async Task KnowAskerAsync(HttpContext context)
    {
        if (!ExecutorId.TryParse((string?)context.Request.Headers[Forwarder.Header] ?? "", out var asker))
        {
            throw HttpProblem.BadRequest("only executors ask for keys");
        }

        await ring.FindAsync(asker, "only members of the ring are told of keys", context.RequestAborted);
    }

    private async Task<KeyDocument> FindAsync(string key, CancellationToken cancellationToken)
    {
        var answer = await loop.AskAsync(request => new Input.QueryKey(request, key), cancellationToken);
        var known = answer switch
        {
            Answer.Key found => found.Known ?? store.FindKey(key),
            Answer.Refused refused => throw HttpProblem.Refused(refused),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        return new KeyDocument(known?.Id.ToString(), known?.Digest);
    }
}
