using System.Buffers;
using System.Text.Json;
using Rondo.Core;

namespace Rondo.Executor.Http.Submitting;

/// <summary>The JSON of one job for another executor, which knows neither the batch nor the array that it comes from.</summary>
internal static class JobLine
{
    /// <summary>The line with what its terms say in place of names of other lines, of many indexes, and of the key of all of them.</summary>
    /// <param name="json">The line. What was decoded of it stays where it is.</param>
    public static JobJson Of(JobJson json, JobTerms terms)
    {
        ReadOnlyMemory<byte> rest = json.IsDecoded ? (byte[])[.. json.Before.Span, .. "\"\""u8, .. json.After.Span] : json.Before;
        var line = new ArrayBufferWriter<byte>(rest.Length + 1);
        using var read = JsonDocument.Parse(rest);
        using var write = new Utf8JsonWriter(line);
        string? decoded = null;
        write.WriteStartObject();
        foreach (var field in read.RootElement.EnumerateObject())
        {
            if (json.IsDecoded && IsInput(field))
            {
                decoded = field.Name;
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
        if (decoded is not null)
        {
            write.WritePropertyName(decoded);
            write.Flush();
            return json.With(line.WrittenMemory, _end);
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
