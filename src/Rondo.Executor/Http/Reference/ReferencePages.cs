using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Scalar.AspNetCore;

namespace Rondo.Executor.Http.Reference;

/// <summary>
/// The description of the HTTP interface, for programs (OpenAPI 3.1) and for people (a page to read and to try it with). The document is
/// the checked-in <c>docs/openapi.json</c>: the endpoints take and give bytes, so none could be derived from them.
/// </summary>
internal static class ReferencePages
{
    /// <summary>Where the document is.</summary>
    public const string DocumentPath = "/openapi/v1.json";

    private const string PagePath = "/scalar";

    private static readonly Lazy<byte[]> _document = new(ReadDocument);

    /// <summary>The document, as JSON.</summary>
    public static ReadOnlyMemory<byte> Document => _document.Value;

    /// <summary>Maps the document and the page, which asks nobody but this server for anything.</summary>
    public static RouteGroupBuilder MapReference(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("");
        group.MapGet(
            DocumentPath,
            static context =>
            {
                context.Response.ContentType = "application/json";
                context.Response.ContentLength = Document.Length;
                return context.Response.Body.WriteAsync(Document, context.RequestAborted).AsTask();
            }
        );
        group.MapScalarApiReference(
            PagePath,
            page =>
            {
                page.DisableDefaultFonts();
                page.DisableTelemetry();
                page.DisableAgent();
                page.DisableMcp();
                page.HideClientButton();
                page.HideDeveloperTools();
                page.WithTitle("Rondo");
                page.WithOpenApiRoutePattern(DocumentPath);
                page.ProxyUrl = null;
            }
        );
        return group;
    }

    /// <summary>Leads whoever asks for nothing in particular to the page: for an application in which nothing else is at its root.</summary>
    public static void MapReferenceAtRoot(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet(
            "/",
            static context =>
            {
                context.Response.Redirect(PagePath);
                return context.Response.WriteAsync($"The HTTP interface: {PagePath} for people, {DocumentPath} for programs.\n");
            }
        );

    private static byte[] ReadDocument()
    {
        using var stream = typeof(ReferencePages).Assembly.GetManifestResourceStream("openapi.json")!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
