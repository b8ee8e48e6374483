using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Rondo.Core;

namespace Rondo.Executor.Http;

/// <summary>Reads what a request asks for; whatever is wrong with it becomes a problem that says so.</summary>
internal static class RequestReading
{
    /// <summary>The job that the path names.</summary>
    public static JobId JobId(this HttpContext context) => context.JobId(Route(context));

    /// <summary>The job that a text names.</summary>
    public static JobId JobId(this HttpContext context, string text) =>
        Core.JobId.TryParse(text, out var id)
            ? id
            : throw HttpProblem.BadRequest($"'{text}' is not a job id: expected an executor id, a dash and a number, such as k7q2-42");

    /// <summary>The executor that the path names.</summary>
    public static ExecutorId ExecutorId(this HttpContext context) =>
        Core.ExecutorId.TryParse(Route(context), out var id)
            ? id
            : throw HttpProblem.BadRequest(
                $"'{Route(context)}' is not an executor id: expected 1 to {Core.ExecutorId.MaxLength} characters of a-z and 0-9, such as k7q2"
            );

    /// <summary>How long the client wants to wait; null when it does not.</summary>
    public static TimeSpan? Wait(this HttpContext context) =>
        context.QueryText("wait") switch
        {
            null => null,
            var text when WaitTime.TryParse(text, out var wait) => wait,
            var text => throw HttpProblem.BadRequest($"wait is '{text}': expected a time such as 30s, 1m30s or 500ms"),
        };

    /// <summary>A text of the query; null when it is not there or empty.</summary>
    public static string? QueryText(this HttpContext context, string name) =>
        context.Request.Query.TryGetValue(name, out var values) && values is [.., { Length: > 0 } last] ? last : null;

    /// <summary>A moment of the query; null when it is not there.</summary>
    public static DateTimeOffset? QueryTime(this HttpContext context, string name) =>
        context.QueryText(name) switch
        {
            null => null,
            var text when TimeText.TryParse(text, out var time) => time,
            var text => throw HttpProblem.BadRequest($"{name} is '{text}': expected {TimeText.Expected}"),
        };

    /// <summary>A yes or no of the query; no when it is not there.</summary>
    public static bool QueryFlag(this HttpContext context, string name) =>
        context.QueryText(name) switch
        {
            null or "false" => false,
            "true" => true,
            var text => throw HttpProblem.BadRequest($"{name} is '{text}': expected true or false"),
        };

    /// <summary>A whole number of the query.</summary>
    public static long QueryNumber(this HttpContext context, string name, long least, long most, long otherwise)
    {
        if (context.QueryText(name) is not { } text)
        {
            return otherwise;
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw HttpProblem.BadRequest($"{name} is '{text}': expected a whole number from {least} to {most}");
    }

    /// <summary>Lets the client take its time: reading a log with a pager is no attack.</summary>
    public static void AllowSlowClient(this HttpContext context)
    {
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } response)
        {
            response.MinDataRate = null;
        }

        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } request)
        {
            request.MinDataRate = null;
        }
    }

    /// <summary>Bounds the request's body; null for no bound.</summary>
    public static void LimitBody(this HttpContext context, long? maxBytes)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = maxBytes;
        }
    }

    /// <summary>Answers with a document, in one piece: with its length told there is no last chunk to be sent after it.</summary>
    public static Task WriteJsonAsync<T>(this HttpContext context, T document, JsonTypeInfo<T> type, int status = StatusCodes.Status200OK)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(document, type);
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = json.Length;
        return context.Response.Body.WriteAsync(json, context.RequestAborted).AsTask();
    }

    /// <summary>A name that the path has, which may contain a slash.</summary>
    /// <remarks>
    /// The server decodes all of a path but <c>%2F</c>, where a slash would divide it. Whether that is a slash or the text of somebody who likes
    /// percent signs only the path as it was sent tells.
    /// </remarks>
    public static string RouteText(this HttpContext context, string name)
    {
        var text = context.Request.RouteValues[name] as string ?? "";
        if (!text.Contains("%2F", StringComparison.OrdinalIgnoreCase))
        {
            return text;
        }

        var decoded = context.Request.Path.Value!.Split('/');
        var fromEnd = decoded.Length - Array.FindIndex(decoded, part => part.StartsWith(text, StringComparison.Ordinal));
        var behind = decoded[^fromEnd].Length - text.Length;
        return Uri.UnescapeDataString(context.Request.SentPath().Split('/')[^fromEnd])[..^behind];
    }

    /// <summary>The path as it was sent, still encoded.</summary>
    public static string SentPath(this HttpRequest request)
    {
        var target = request.HttpContext.Features.Get<IHttpRequestFeature>()?.RawTarget is { Length: > 0 } sent
            ? sent
            : request.PathBase.Add(request.Path).ToUriComponent();
        return target.Split('?', 2)[0];
    }

    private static string Route(HttpContext context) => context.Request.RouteValues["id"] as string ?? "";
}
