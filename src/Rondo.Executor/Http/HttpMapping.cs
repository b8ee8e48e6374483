using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Rondo.Executor.Http;

/// <summary>Puts the HTTP interface into a web application.</summary>
internal static class HttpMapping
{
    /// <summary>Adds all routes. What goes wrong in one becomes a problem document, whatever the application does with other failures.</summary>
    /// <param name="api">Gives the interface once there is one.</param>
    public static RouteGroupBuilder MapHttpApi(this IEndpointRouteBuilder endpoints, Func<HttpApi> api, ILogger logger)
    {
        var group = endpoints.MapGroup("");
        foreach (var route in HttpApi.Routes)
        {
            group.MapMethods(
                route.Pattern,
                [route.Method],
                context => context.GuardAsync(inner => api().HandleAsync(route, inner), logger)
            );
        }

        return group;
    }

    /// <summary>Adds what a supervisor or a load balancer asks.</summary>
    public static void MapHealth(this IEndpointRouteBuilder endpoints, Func<HttpApi> api)
    {
        // Many of them ask for the head alone; the server leaves the body out by itself.
        string[] methods = [HttpMethods.Get, HttpMethods.Head];
        endpoints.MapMethods("/health/live", methods, static context => context.Response.WriteAsync("live\n"));
        endpoints.MapMethods(
            "/health/ready",
            methods,
            context =>
            {
                context.Response.StatusCode = api().IsReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
                context.Response.ContentType = "text/plain";
                return context.Response.WriteAsync(api().Condition + "\n");
            }
        );
    }
}
