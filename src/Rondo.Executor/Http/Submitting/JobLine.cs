using System.Buffers;
using System.Text.Json;
using Rondo.Core;

namespace Rondo.Executor.Http.Submitting;

/// <summary>The JSON of one job for another executor, which knows neither the batch nor the array that it comes from.</summary>
internal static class JobLine
{
    /// <summary>The line with what its terms say in place of names of other lines, of many indexes, and of the key of all of them.</summary>
    public static ReadOnlyMemory<byte> Of(ReadOnlyMemory<byte> json, JobTerms terms)
    {
        var line = new ArrayBufferWriter<byte>(json.Length);
        using var read = JsonDocument.Parse(json);
        using var write = new Utf8JsonWriter(line);
        write.WriteStartObject();
        foreach (var field in read.RootElement.EnumerateObject())
        {
            if (field.Name is not ("ref" or "array" or "after" or "index" or "idempotencyKey"))
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
        write.WriteEndObject();
        write.Flush();
        return line.WrittenMemory;
    }
}
