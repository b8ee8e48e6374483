using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using Rondo.Core;

namespace Rondo.Executor.Http.Submitting;

/// <summary>The JSON of one job for another executor, which knows neither the batch nor the array that it comes from.</summary>
internal static class JobLine
{
    /// <summary>From so many bytes on a value stays where it is.</summary>
    private const int LargeBytes = 64 * 1024;

    /// <summary>The line with what its terms say in place of names of other lines, of many indexes, and of the key of all of them.</summary>
    /// <param name="json">The line. What was decoded of it stays where it is, like what is large.</param>
    public static JobJson Of(JobJson json, JobTerms terms)
    {
        ReadOnlyMemory<byte> rest = json.IsDecoded ? (byte[])[.. json.Before.Span, .. "\"\""u8, .. json.After.Span] : json.Before;
        var line = new ArrayBufferWriter<byte>();
        using var read = JsonDocument.Parse(rest);
        using var write = new Utf8JsonWriter(line);
        string? large = null;
        ReadOnlyMemory<byte> value = default;
        write.WriteStartObject();
        foreach (var field in read.RootElement.EnumerateObject())
        {
            if (json.IsDecoded && IsInput(field))
            {
                large = field.Name;
            }
            else if (
                large is null
                && field.Name == "payload"
                && JsonMarshal.GetRawUtf8Value(field.Value) is { Length: >= LargeBytes } raw
                && rest.Span.Overlaps(raw, out var at)
            )
            {
                (large, value) = (field.Name, rest.Slice(at, raw.Length));
            }
            else if (field.Name is not ("ref" or "array" or "after" or "index" or "idempotencyKey"))
            {
                field.WriteTo(write);
            }
        }

        if (terms.IdempotencyKey is { } key)
        {
            write.WriteString("idempotencyKey", key);
        }

        if (terms.Index is { } index)
        {
            write.WriteNumber("index", index);
        }

        write.WriteStartArray("after");
        foreach (var dependency in terms.After)
        {
            write.WriteStartObject();
            write.WriteString("id", dependency.Id.ToString());
            write.WriteString("when", dependency.When.ToText());
            write.WriteEndObject();
        }

        write.WriteEndArray();
        if (large is not null)
        {
            write.WritePropertyName(large);
            write.Flush();
            return json.IsDecoded ? json.With(line.WrittenMemory, _end) : new JobJson(line.WrittenMemory, value, LargeValue.Json, _end);
        }

        write.WriteEndObject();
        write.Flush();
        return new JobJson(line.WrittenMemory);
    }

    private static readonly ReadOnlyMemory<byte> _end = "}"u8.ToArray();

    /// <summary>A job has one of them; any other is nothing.</summary>
    private static bool IsInput(JsonProperty field) =>
        field.Name is "stdin" or "stdinBase64" or "payloadBase64" && field.Value.ValueKind == JsonValueKind.String;
}
