using System.Text.Json;
using Rondo.Core;

namespace Rondo.Executor.Http.Submitting;

/// <summary>
/// Reads a job from JSON, strictly: an unknown field or a wrong type is refused with its place and what would be right, since a field
/// that is silently ignored is a job that silently does something else. So is one that is given twice.
/// </summary>
internal static class JobRequestReader
{
    public const int NameMaxLength = 256;
    public const int ArgumentsMax = 8_192;
    public const int EnvironmentMax = 4_096;

    /// <summary>The fields of a job.</summary>
    public static IReadOnlyList<string> Fields => _fields;

    private static readonly string[] _fields =
    [
        "command",
        "env",
        "workingDirectory",
        "stdin",
        "stdinBase64",
        "handler",
        "payload",
        "payloadBase64",
        "name",
        "group",
        "labels",
        "priority",
        "requires",
        "startAt",
        "delay",
        "retries",
        "timeout",
        "killGrace",
        "idempotencyKey",
        "after",
        "ref",
        "concurrency",
        "retention",
        "index",
        "array",
        "onExecutorLoss",
    ];

    /// <summary>Reads the job.</summary>
    /// <exception cref="HttpProblem">It is not right; says where and why.</exception>
    public static JobRequest Read(ReadOnlySpan<byte> body) => Read(new StrictJson(body), body.IsEmpty);

    /// <summary>
    /// Reads the job from memory of its own: a large payload is not copied out of it, but decoded in its place. <see cref="JobRequest.Json"/> is what it was.
    /// </summary>
    /// <exception cref="HttpProblem">It is not right; says where and why.</exception>
    public static JobRequest ReadKept(Memory<byte> body) => Read(new StrictJson(body), body.IsEmpty);

    private static JobRequest Read(StrictJson json, bool isEmpty)
    {
        try
        {
            return ReadJob(ref json, isEmpty);
        }
        catch (JsonException error)
        {
            var what = error.Message.Split(" LineNumber:", 2)[0];
            throw HttpProblem.BadRequest(
                $"line {(error.LineNumber ?? 0) + 1}, column {(error.BytePositionInLine ?? 0) + 1}: this is not JSON: {what}"
            );
        }
        catch (InvalidOperationException error) when (error is not ObjectDisposedException)
        {
            // The reader throws this for a string that is not Unicode text.
            throw json.Wrong($"this is not text: {error.Message}");
        }
    }

    private static JobRequest ReadJob(ref StrictJson json, bool isEmpty)
    {
        if (isEmpty)
        {
            throw HttpProblem.BadRequest("the body is empty: expected a job such as {\"command\":[\"echo\",\"hi\"]}");
        }

        json.Read();
        if (json.Token != JsonTokenType.StartObject)
        {
            throw json.Wrong($"expected an object such as {{\"command\":[\"echo\",\"hi\"]}}, got {json.Kind()}");
        }

        var request = new JobRequest();
        var seen = 0UL;
        while (json.ReadField(_fields, "", ref seen, out var field))
        {
            ReadField(ref json, field, request);
        }

        // Anything but white space after the object is told by the reader.
        json.Read();
        request.Decoded = json.Decoded;
        return request.Problem() is { } problem ? throw HttpProblem.BadRequest(problem) : request;
    }

    /// <summary>A relative one would mean another directory at each executor: where its process was started.</summary>
    private static string? ReadDirectory(ref StrictJson json) =>
        json.Text("workingDirectory") is not { } directory ? null
        : directory.Length == 0 || directory.StartsWith('/') ? directory
        : throw json.Wrong(
            $"\"workingDirectory\" is \"{directory}\": expected an absolute path such as /srv/work, since any executor may run the job"
        );

    private static void ReadField(ref StrictJson json, string field, JobRequest request)
    {
        switch (field)
        {
            case "command":
                request.Command = ReadCommand(ref json);
                break;
            case "env":
                request.Env = ReadEnvironment(ref json);
                break;
            case "workingDirectory":
                request.WorkingDirectory = ReadDirectory(ref json);
                break;
            case "stdin":
                request.Stdin = json.Utf8(field);
                break;
            case "stdinBase64":
                request.StdinBase64 = json.Base64(field);
                break;
            case "handler":
                request.Handler = json.Name(field, NameMaxLength);
                break;
            case "payload":
                request.Payload = json.Raw();
                break;
            case "payloadBase64":
                request.PayloadBase64 = json.Base64(field);
                break;
            case "name":
                request.Name = json.Name(field, NameMaxLength);
                break;
            case "group":
                request.Group = json.Name(field, NameMaxLength);
                break;
            case "priority":
                request.Priority = json.Whole(field, -JobTerms.PriorityMax, JobTerms.PriorityMax) ?? 0;
                break;
            case "onExecutorLoss":
                request.FailOnExecutorLoss = ReadOnExecutorLoss(ref json);
                break;
            default:
                JobOptionsReader.ReadField(ref json, field, request);
                break;
        }
    }

    private static List<string>? ReadCommand(ref StrictJson json)
    {
        if (json.IsNull)
        {
            return null;
        }

        json.Expect(JsonTokenType.StartArray, "command", "a list of strings such as [\"echo\",\"hi\"]");
        var command = new List<string>();
        while (json.ReadItem())
        {
            json.Expect(JsonTokenType.String, $"command[{command.Count}]", "a string");
            if (command.Count == ArgumentsMax)
            {
                throw json.Wrong($"\"command\" has more than {ArgumentsMax} parts");
            }

            command.Add(json.Text($"command[{command.Count}]")!);
        }

        return command is [{ Length: > 0 }, ..]
            ? command
            : throw json.Wrong("\"command\" has to name a program first, such as [\"echo\",\"hi\"]");
    }

    private static Dictionary<string, string>? ReadEnvironment(ref StrictJson json)
    {
        if (json.IsNull)
        {
            return null;
        }

        json.Expect(JsonTokenType.StartObject, "env", "an object of strings such as {\"LANG\":\"C\"}");
        var environment = new Dictionary<string, string>();
        while (json.ReadName(out var name))
        {
            if (name.Length == 0 || name.Contains('=') || name.Contains('\0'))
            {
                throw json.Wrong($"\"env\": '{name}' cannot be the name of an environment variable");
            }

            if (environment.ContainsKey(name))
            {
                throw json.Twice($"env.{name}");
            }

            json.Read();
            json.Expect(JsonTokenType.String, $"env.{name}", "a string");
            if (environment.Count == EnvironmentMax)
            {
                throw json.Wrong($"\"env\" has more than {EnvironmentMax} variables");
            }

            environment.Add(name, json.Text($"env.{name}")!);
        }

        return environment;
    }

    private static bool ReadOnExecutorLoss(ref StrictJson json)
    {
        if (json.IsNull)
        {
            return false;
        }

        json.Expect(JsonTokenType.String, "onExecutorLoss", "\"rerun\" or \"fail\"");
        return json.AnyText("onExecutorLoss") switch
        {
            "rerun" => false,
            "fail" => true,
            var other => throw json.Wrong($"\"onExecutorLoss\" is \"{other}\": expected \"rerun\" or \"fail\""),
        };
    }
}
