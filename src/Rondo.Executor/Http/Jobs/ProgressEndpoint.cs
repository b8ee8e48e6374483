using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Rondo.Core;
using Rondo.Executor.Http.Forwarding;
using Rondo.Executor.Http.Submitting;
using Rondo.Executor.Loop;

namespace Rondo.Executor.Http.Jobs;

/// <summary>
/// <c>POST /v1/jobs/{id}/progress</c>: a job says how far it is, best to the executor that runs it (<c>RONDO_ADDR</c>), which tells the
/// home; any other passes it on to the home.
/// </summary>
internal sealed class ProgressEndpoint(ExecutorLoop loop, Forwarder forwarder, ExecutorId self)
{
    private const int BodyMaxBytes = 8 * 1024;
    private const string Expected = "an object with \"percent\", \"text\" or both, such as {\"percent\":40,\"text\":\"resizing\"}";
    private static readonly string[] _fields = ["percent", "text"];

    /// <summary>Handles the request.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var id = context.JobId();
        var body = await ReadAsync(context);
        var (percent, text) = Parse(body);
        var answer = await loop.AskAsync(request => new Input.Progress(request, id, null, percent, text), context.RequestAborted);
        if (answer is Answer.Refused { Why: Refusal.NotRunning } && id.Home != self)
        {
            await forwarder.ForwardAsync(context, id.Home, $"{id} does not run on {self}", new ReadOnlyMemoryContent(body));
            return;
        }

        if (answer is Answer.Refused refused)
        {
            throw HttpProblem.Refused(refused);
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private static async Task<byte[]> ReadAsync(HttpContext context)
    {
        context.LimitBody(BodyMaxBytes);
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        return body.ToArray();
    }

    private static (double? Percent, string? Text) Parse(ReadOnlySpan<byte> body) =>
        StrictJson.Document(
            body,
            static (ref StrictJson json) =>
            {
                if (json.Token != JsonTokenType.StartObject)
                {
                    throw json.Wrong($"expected {Expected}, got {json.Kind()}");
                }

                double? percent = null;
                string? text = null;
                var seen = 0UL;
                while (json.ReadField(_fields, "", ref seen, out var field))
                {
                    if (field == "percent")
                    {
                        percent = json.Number(field, 0, 100);
                    }
                    else
                    {
                        text = json.Name(field, JobProgress.TextMaxLength);
                    }
                }

                return percent is null && text is null ? throw json.Wrong($"expected {Expected}") : (percent, text);
            }
        );
}
