using Microsoft.AspNetCore.Http;
using Rondo.Core;
using Rondo.Executor.Http.Forwarding;

namespace Rondo.Executor.Http.Executors;

/// <summary><c>GET /v1/ring</c>: the executors and the token, as this executor knows them.</summary>
internal sealed class RingEndpoint(RingLookup ring, ExecutorId self)
{
    /// <summary>Handles the request.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var view = await ring.RingAsync(context.RequestAborted);
        await context.WriteJsonAsync(view.ToDocument(self), HttpJson.Plain.RingDocument);
    }
}
