using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Rondo.Executor.Http.Events;

/// <summary>
/// Server-sent events to one client (the <c>text/event-stream</c> of the HTML standard). Nothing is queued for it: whoever writes waits
/// until the client has taken the event, and a client that takes none for <see cref="Patience"/> is cut off.
/// </summary>
internal sealed class EventStream(HttpContext context)
{
    /// <summary>How long a client may take to accept an event.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>After how long without an event a comment is sent, so that nothing in between takes the connection for dead.</summary>
    public static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);

    private readonly ArrayBufferWriter<byte> _event = new();

    /// <summary>What the client had last, when it comes back after a broken connection; null otherwise.</summary>
    public string? LastId => context.Request.Headers["Last-Event-ID"] is [{ Length: > 0 } id] ? id : null;

    /// <summary>Begins the answer.</summary>
    public async Task StartAsync()
    {
        context.AllowSlowClient();
        var response = context.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache, no-store";
        response.Headers["X-Accel-Buffering"] = "no"; // A proxy that collects an answer before it passes it on would hold events back.
        await response.StartAsync(context.RequestAborted);
        await response.Body.FlushAsync(context.RequestAborted);
    }

    /// <summary>Sends an event.</summary>
    /// <param name="id">What the client says when it comes back; null for nothing.</param>
    public Task SendAsync<T>(string name, string? id, T document, JsonTypeInfo<T> type)
    {
        _event.ResetWrittenCount();
        Write($"event: {name}\n");
        if (id is not null)
        {
            Write($"id: {id}\n");
        }

        // JSON has no line breaks of its own, so one line of data is enough.
        Write("data: ");
        using (var json = new Utf8JsonWriter(_event, new JsonWriterOptions { Encoder = type.Options.Encoder }))
        {
            JsonSerializer.Serialize(json, document, type);
        }

        Write("\n\n");
        return FlushAsync();
    }

    /// <summary>Waits for what comes next, with signs of life meanwhile.</summary>
    public async Task<T> AliveWhileAsync<T>(Task<T> next)
    {
        while (true)
        {
            try
            {
                return await next.WaitAsync(KeepAlive, context.RequestAborted);
            }
            catch (TimeoutException)
            {
                _event.ResetWrittenCount();
                Write(": alive\n\n");
                await FlushAsync();
            }
        }
    }

    private async Task FlushAsync()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        patience.CancelAfter(Patience);
        await context.Response.Body.WriteAsync(_event.WrittenMemory, patience.Token);
        await context.Response.Body.FlushAsync(patience.Token);
    }

    private void Write(string text) => Encoding.UTF8.GetBytes(text, _event);
}
