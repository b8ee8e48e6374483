using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace Rondo.Cli;

/// <summary>A finished job with what it wrote to its standard output, as one JSON text: the same fields as in the results of a group.</summary>
/// <param name="line">The line of a map; null for a job by itself.</param>
internal sealed class JobRecord(string id, int? line, string job, byte[] result, long bytesDropped)
{
    /// <summary>So much is written at a time: the text of a large result is not put together in memory.</summary>
    private const int PieceBytes = 48 * 1024;

    private static readonly JsonWriterOptions _readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>How many bytes the job wrote, with those that were not kept.</summary>
    public long WrittenBytes => result.Length + bytesDropped;

    /// <param name="line">The line of a map; null for a job by itself.</param>
    public static async Task<JobRecord> ReadAsync(Session session, string id, int? line, CancellationToken cancellationToken)
    {
        var job = await session.Client.GetJsonAsync($"v1/jobs/{id}", cancellationToken);
        await using var result = await session.Client.OpenResultAsync(id, cancellationToken);
        return new JobRecord(id, line, job, await result.ReadAllAsync(cancellationToken), result.BytesDropped);
    }

    /// <summary>Writes it to what <paramref name="session"/> writes its data to.</summary>
    public async Task WriteAsync(Session session, CancellationToken cancellationToken)
    {
        await session.Out.FlushAsync(cancellationToken);
        await using var json = new Utf8JsonWriter(session.Surroundings.Output, _readable);
        json.WriteStartObject();
        json.WriteString("id", id);
        if (line is { } number)
        {
            json.WriteNumber("line", number);
        }

        json.WritePropertyName("job");
        using (var document = JsonDocument.Parse(job))
        {
            document.RootElement.WriteTo(json);
        }

        var isText = Utf8.IsValid(result);
        json.WritePropertyName(isText ? "result" : "resultBase64");
        await WriteResultAsync(json, isText, cancellationToken);
        json.WriteNumber("resultBytes", result.Length);
        json.WriteNumber("resultBytesDropped", bytesDropped);
        json.WriteEndObject();
        await json.FlushAsync(cancellationToken);
    }

    private async Task WriteResultAsync(Utf8JsonWriter json, bool isText, CancellationToken cancellationToken)
    {
        var at = 0;
        do
        {
            var count = Math.Min(PieceBytes, result.Length - at);
            var isLast = at + count == result.Length;
            if (isText)
            {
                json.WriteStringValueSegment(result.AsSpan(at, count), isLast);
            }
            else
            {
                json.WriteBase64StringSegment(result.AsSpan(at, count), isLast);
            }

            at += count;
            await json.FlushAsync(cancellationToken);
        } while (at < result.Length);
    }
}
