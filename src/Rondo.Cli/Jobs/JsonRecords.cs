using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Rondo.Client;

namespace Rondo.Cli;

/// <summary>Jobs as JSON: one record after the other, or all in one array. What a record leaves out is taken from the command line.</summary>
internal sealed class JsonRecords(Session session, string file, JobRequest defaults)
{
    private readonly JsonObject _defaults = JsonNode.Parse(defaults.ToJson())!.AsObject();
    private readonly Dictionary<int, string> _refs = [];
    private readonly Dictionary<string, string> _ids = [];

    /// <summary>
    /// Remembers what a record's <c>ref</c> stands for, for those behind it.
    /// </summary>
    public void Accept(int number, string id)
    {
        if (_refs.Remove(number, out var name))
        {
            _ids[name] = id;
        }
    }

    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync()
    {
        await using var stream = file == "-" ? session.Surroundings.Input : File.OpenRead(file);
        var number = 0;
        await foreach (var record in ParseAsync(stream))
        {
            number++;
            if (record is not JsonObject job)
            {
                throw new UsageException(
                    $"--from-json: record {number} of {file} is not a JSON object: expected a job such as {{\"command\":[\"date\"]}}"
                );
            }

            if (NeedsIds(job))
            {
                yield return default;
            }

            Complete(job, number);
            yield return JsonSerializer.SerializeToUtf8Bytes(job, RecordJson.Default.JsonObject);
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
        foreach (var (name, value) in _defaults)
        {
            // A record with a handler has no use for the command of the command line.
            if (!job.ContainsKey(name) && !(name == "command" && job.ContainsKey("handler")))
            {
                job[name] = value?.DeepClone();
            }
        }

        if (job["ref"] is JsonValue reference && reference.TryGetValue(out string? called))
        {
            _refs[number] = called;
        }

        if (job["after"] is JsonArray after)
        {
            for (var i = 0; i < after.Count; i++)
            {
                if (after[i] is JsonObject dependency)
                {
                    dependency["id"] = Resolve(dependency["id"]);
                }
                else
                {
                    after[i] = Resolve(after[i]);
                }
            }
        }
    }

    /// <summary>True when it names a job that was not answered yet.</summary>
    private bool NeedsIds(JsonObject job) =>
        job["after"] is JsonArray after
        && after.Any(each => TryReference(each is JsonObject full ? full["id"] : each) is { } name && _refs.ContainsValue(name));

    private static string? TryReference(JsonNode? id) =>
        id is JsonValue value && value.TryGetValue(out string? text) && text.StartsWith('#') ? text[1..] : null;

    private JsonNode? Resolve(JsonNode? id) =>
        TryReference(id) is { } name && _ids.TryGetValue(name, out var known) ? known : id?.DeepClone();
}

[JsonSerializable(typeof(JsonNode))]
[JsonSerializable(typeof(JsonObject))]
internal sealed partial class RecordJson : JsonSerializerContext;
