using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Rondo.Storage;

namespace Rondo.Executor.Http;

/// <summary>Makes every failure an <c>application/problem+json</c> document, also those that routing and the server find.</summary>
internal static class ProblemHandling
{
    /// <summary>To be the outermost middleware of an application that does nothing else.</summary>
    public static void UseProblems(this IApplicationBuilder app, ILogger logger) =>
        app.Use((context, next) => context.GuardAsync(next, logger));

    /// <summary>Answers with what <paramref name="next"/> says, or with the problem that kept it from answering.</summary>
    public static async Task GuardAsync(this HttpContext context, RequestDelegate next, ILogger logger)
    {
        try
        {
            await next(context);
            if (!context.Response.HasStarted && context.Response is { StatusCode: >= 400, ContentType: null })
            {
                await context.WriteProblemAsync(OfStatus(context));
            }
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to be told.
            context.Abort();
        }
        catch (Exception) when (context.Response.HasStarted)
        {
            // The client must not take half an answer for a whole one.
            context.Abort();
        }
        catch (Exception error)
        {
            await context.WriteProblemAsync(OfException(error, context, logger));
        }
    }

    /// <summary>Answers with a problem.</summary>
    public static async Task WriteProblemAsync(this HttpContext context, HttpProblem problem)
    {
        var response = context.Response;
        response.StatusCode = problem.Status;
        response.ContentType = "application/problem+json";
        if (problem.RetryAfterSeconds is { } seconds)
        {
            response.Headers.RetryAfter = seconds.ToString();
        }

        await JsonSerializer.SerializeAsync(response.Body, problem.ToDocument(), HttpJson.Plain.ProblemDocument, context.RequestAborted);
    }

    private static HttpProblem OfStatus(HttpContext context) =>
        context.Response.StatusCode switch
        {
            StatusCodes.Status404NotFound => HttpProblem.NotFound($"there is nothing at {context.Request.Path}"),
            StatusCodes.Status405MethodNotAllowed => HttpProblem.MethodNotAllowed(
                $"{context.Request.Path} does not take {context.Request.Method}, but {context.Response.Headers.Allow}"
            ),
            var status => new HttpProblem("http_error", "The request was not carried out", status, $"the server answered {status}"),
        };

    private static HttpProblem OfException(Exception error, HttpContext context, ILogger logger)
    {
        switch (error)
        {
            case HttpProblem problem:
                return problem;
            case BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } tooLarge:
                return HttpProblem.TooLarge(tooLarge.Message);
            case BadHttpRequestException bad:
                return HttpProblem.BadRequest(bad.Message);
            case StoreException store:
                HttpLog.Failed(logger, context.Request.Method, context.Request.Path, store);
                return HttpProblem.Damaged(store.Message);
            default:
                HttpLog.Failed(logger, context.Request.Method, context.Request.Path, error);
                return HttpProblem.Internal($"{context.Request.Method} {context.Request.Path} failed; the executor's log says more");
        }
    }
}
