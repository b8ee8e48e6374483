using System.Buffers;
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
        using var write = new Utf8JsonWriter(line);
        string? large = null;
        ReadOnlyMemory<byte> value = default;
        write.WriteStartObject();

        // Not as a document: that takes as much memory again as the line has, however few fields there are.
        var read = new Utf8JsonReader(rest.Span);
        read.Read();
        while (read.Read() && read.TokenType == JsonTokenType.PropertyName)
        {
            var name = read.GetString()!;
            read.Read();
            var (start, type) = (checked((int)read.TokenStartIndex), read.TokenType);
            read.Skip();
            var raw = rest[start..checked((int)read.BytesConsumed)];
            if (json.IsDecoded && type == JsonTokenType.String && IsInput(name))
            {
                large = name;
            }
            else if (large is null && name == "payload" && raw.Length >= LargeBytes)
            {
                (large, value) = (name, raw);
            }
            else if (name is not ("ref" or "array" or "after" or "index" or "idempotencyKey"))
            {
                write.WritePropertyName(name);
                write.WriteRawValue(raw.Span, skipInputValidation: true);
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
    private static bool IsInput(string name) => name is "stdin" or "stdinBase64" or "payloadBase64";
}
