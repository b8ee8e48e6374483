using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace Rondo.Cli;

/// <summary>A finished job with what it wrote to its standard output, as one JSON text: the same fields as in the results of a group.</summary>
internal static class JobRecord
{
    private static readonly JsonWriterOptions _readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="line">The line of a map; null for a job by itself.</param>
    public static async Task<string> ReadAsync(Session session, string id, int? line, CancellationToken cancellationToken)
    {
        using var job = JsonDocument.Parse(await session.Client.GetJsonAsync($"v1/jobs/{id}", cancellationToken));
        await using var result = await session.Client.OpenResultAsync(id, cancellationToken);
        using var output = new MemoryStream();
        await result.Content.CopyToAsync(output, cancellationToken);
        var bytes = output.GetBuffer().AsMemory(0, (int)output.Length);
        using var text = new MemoryStream();
        await using (var json = new Utf8JsonWriter(text, _readable))
        {
            json.WriteStartObject();
            json.WriteString("id", id);
            if (line is { } number)
            {
                json.WriteNumber("line", number);
            }

            json.WritePropertyName("job");
            job.RootElement.WriteTo(json);
            if (Utf8.IsValid(bytes.Span))
            {
                json.WriteString("result", bytes.Span);
            }
            else
            {
                json.WriteBase64String("resultBase64", bytes.Span);
            }

            json.WriteNumber("resultBytes", bytes.Length);
            json.WriteNumber("resultBytesDropped", result.BytesDropped);
            json.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(text.ToArray());
    }
}
