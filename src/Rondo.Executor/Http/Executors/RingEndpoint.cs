using System.Reflection;
using Microsoft.AspNetCore.Http;
using Rondo.Core;
using Rondo.Executor.Http.Forwarding;

namespace Rondo.Executor.Http.Executors;

/// <summary><c>GET /v1/ring</c>: the executors and the token, as this executor knows them.</summary>
internal sealed class RingEndpoint(RingLookup ring, ExecutorId self)
{
    /// <summary>Told beside the ring, so that one can see which executors are still to be upgraded. Without a build's commit.</summary>
    private static readonly string? Version = typeof(RingEndpoint)
        .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
        ?.InformationalVersion.Split('+')[0];

    /// <summary>Handles the request.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        context.Response.Headers["Rondo-Version"] = Version;
        var view = await ring.RingAsync(context.RequestAborted);
        await context.WriteJsonAsync(view.ToDocument(self), HttpJson.Plain.RingDocument);
    }
}
