using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Rondo.Client;

namespace Rondo.Cli;

/// <summary>Jobs as JSON: one record after the other, or all in one array. What a record leaves out is taken from the command line.</summary>
internal sealed class JsonRecords(Session session, string file, JobRequest defaults)
{
    /// <summary>The longest text that System.Text.Json writes, each character of which may become six.</summary>
    private const int TextMaxLength = 1_000_000_000 / 6;

    private readonly JsonObject _defaults = JsonNode.Parse(defaults.ToJson())!.AsObject();

    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync()
    {
        await using var stream = file == "-" ? session.Surroundings.Input : NamedFile.OpenRead("--from-json", file);
        var number = 0;
        var together = false;
        await foreach (var record in ParseAsync(stream))
        {
            number++;
            if (record is not JsonObject job)
            {
                throw new UsageException(
                    $"--from-json: record {number} of {file} is not a JSON object: expected a job such as {{\"command\":[\"date\"]}}"
                );
            }

            if (!together && IsOfGraph(job))
            {
                // The executor finds out what they call each other, whatever their order: from here on they go in one request.
                together = true;
                yield return default;
            }

            Complete(job, number);
            yield return Text(job, number);
        }
    }

    private ReadOnlyMemory<byte> Text(JsonObject job, int number)
    {
        try
        {
            return JsonSerializer.SerializeToUtf8Bytes(job, RecordJson.Default.JsonObject);
        }
        catch (ArgumentException)
        {
            // All that it minds: a single text is longer than it writes.
            throw new UsageException(
                $"--from-json: record {number} of {file} has a text of more than {TextMaxLength} characters: give such an input with --stdin, or send the record itself to /v1/jobs"
            );
        }
    }

    private async IAsyncEnumerable<JsonNode?> ParseAsync(Stream stream)
    {
        // An array is one value at the top, and its elements are the records.
        var values = JsonSerializer
            .DeserializeAsyncEnumerable(stream, RecordJson.Default.JsonNode, topLevelValues: true, session.Interrupted)
            .GetAsyncEnumerator(session.Interrupted);
        await using var ended = values.ConfigureAwait(false);
        while (await NextAsync(values))
        {
            if (values.Current is JsonArray array)
            {
                foreach (var element in array.ToArray())
                {
                    array.Remove(element);
                    yield return element;
                }
            }
            else
            {
                yield return values.Current;
            }
        }
    }

    private async Task<bool> NextAsync(IAsyncEnumerator<JsonNode?> values)
    {
        try
        {
            return await values.MoveNextAsync();
        }
        catch (JsonException wrong)
        {
            throw new UsageException(
                $"--from-json: {file} is not JSON at line {wrong.LineNumber + 1}, byte {wrong.BytePositionInLine + 1}: expected one job after the other, such as {{\"command\":[\"date\"]}}"
            );
        }
    }

    private void Complete(JsonObject job, int number)
    {
        var hasKey = job.ContainsKey("idempotencyKey");
        foreach (var (name, value) in _defaults)
        {
            // A record with a handler has no use for the command of the command line.
            if (!job.ContainsKey(name) && !(name == "command" && job.ContainsKey("handler")))
            {
                job[name] = value?.DeepClone();
            }
        }

        if (!hasKey && (string?)_defaults["idempotencyKey"] is { } key)
        {
            job["idempotencyKey"] = $"{key}/{number}";
        }
    }

    /// <summary>True when other records may name it, or it names others.</summary>
    private static bool IsOfGraph(JsonObject job) =>
        job.ContainsKey("ref")
        || (job["after"] is JsonArray after && after.Any(each => IsReference(each is JsonObject full ? full["id"] : each)));

    private static bool IsReference(JsonNode? id) => id is JsonValue value && value.TryGetValue(out string? text) && text.StartsWith('#');
}

[JsonSerializable(typeof(JsonNode))]
[JsonSerializable(typeof(JsonObject))]
internal sealed partial class RecordJson : JsonSerializerContext;
