using System.Text;
using System.Text.Json;

namespace Rondo.Executor.Http.Submitting;

/// <summary>
/// Reads a job from JSON, strictly: an unknown field or a wrong type is refused with its place and what would be right, since a field
/// that is silently ignored is a job that silently does something else. A field given twice counts the last time.
/// </summary>
internal ref struct JobRequestReader
{
    public const int LabelMaxLength = 256;
    public const int ArgumentsMax = 8_192;
    public const int EnvironmentMax = 4_096;
    private const int MaxDepth = 64;

    private static readonly string[] Fields =
    [
        "command",
        "env",
        "workingDirectory",
        "stdin",
        "stdinBase64",
        "handler",
        "payload",
        "name",
        "group",
        "priority",
        "onExecutorLoss",
    ];

    private readonly ReadOnlySpan<byte> _json;
    private Utf8JsonReader _reader;

    private JobRequestReader(ReadOnlySpan<byte> json)
    {
        _json = json;
        _reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
    }

    /// <summary>Reads the job.</summary>
    /// <exception cref="HttpProblem">It is not right; says where and why.</exception>
    public static JobRequest Read(ReadOnlySpan<byte> json)
    {
        var reader = new JobRequestReader(json);
        try
        {
            return reader.ReadJob();
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
            throw reader.Wrong($"this is not text: {error.Message}");
        }
    }

    private JobRequest ReadJob()
    {
        if (_json.IsEmpty)
        {
            throw HttpProblem.BadRequest("the body is empty: expected a job such as {\"command\":[\"echo\",\"hi\"]}");
        }

        _reader.Read();
        if (_reader.TokenType != JsonTokenType.StartObject)
        {
            throw Wrong($"expected an object such as {{\"command\":[\"echo\",\"hi\"]}}, got {Kind()}");
        }

        var request = new JobRequest();
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            ReadField(request);
        }

        // Anything but white space after the object is told by the reader.
        _reader.Read();
        return request.Problem() is { } problem ? throw HttpProblem.BadRequest(problem) : request;
    }

    private void ReadField(JobRequest request)
    {
        if (Array.IndexOf(Fields, _reader.GetString()) is var field && field < 0)
        {
            throw Wrong($"unknown field \"{_reader.GetString()}\"; the fields are {string.Join(", ", Fields)}");
        }

        _reader.Read();
        switch (Fields[field])
        {
            case "command":
                request.Command = ReadCommand();
                break;
            case "env":
                request.Env = ReadEnvironment();
                break;
            case "workingDirectory":
                request.WorkingDirectory = ReadText("workingDirectory", int.MaxValue);
                break;
            case "stdin":
                request.Stdin = ReadText("stdin", int.MaxValue) is { } text ? Encoding.UTF8.GetBytes(text) : null;
                break;
            case "stdinBase64":
                request.Stdin = ReadBase64();
                break;
            case "handler":
                request.Handler = ReadLabel("handler");
                break;
            case "payload":
                request.Payload = ReadRaw();
                break;
            case "name":
                request.Name = ReadLabel("name");
                break;
            case "group":
                request.Group = ReadLabel("group");
                break;
            case "priority":
                request.Priority = ReadPriority();
                break;
            default:
                request.FailOnExecutorLoss = ReadOnExecutorLoss();
                break;
        }
    }

    private List<string>? ReadCommand()
    {
        if (_reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        Expect(JsonTokenType.StartArray, "command", "a list of strings such as [\"echo\",\"hi\"]");
        var command = new List<string>();
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
        {
            Expect(JsonTokenType.String, $"command[{command.Count}]", "a string");
            if (command.Count == ArgumentsMax)
            {
                throw Wrong($"\"command\" has more than {ArgumentsMax} parts");
            }

            command.Add(NotNul($"command[{command.Count}]", _reader.GetString()!));
        }

        return command is [{ Length: > 0 }, ..]
            ? command
            : throw Wrong("\"command\" has to name a program first, such as [\"echo\",\"hi\"]");
    }

    private Dictionary<string, string>? ReadEnvironment()
    {
        if (_reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        Expect(JsonTokenType.StartObject, "env", "an object of strings such as {\"LANG\":\"C\"}");
        var environment = new Dictionary<string, string>();
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = _reader.GetString()!;
            if (name.Length == 0 || name.Contains('=') || name.Contains('\0'))
            {
                throw Wrong($"\"env\": '{name}' cannot be the name of an environment variable");
            }

            _reader.Read();
            Expect(JsonTokenType.String, $"env.{name}", "a string");
            if (environment.Count == EnvironmentMax)
            {
                throw Wrong($"\"env\" has more than {EnvironmentMax} variables");
            }

            environment[name] = NotNul($"env.{name}", _reader.GetString()!);
        }

        return environment;
    }

    private string? ReadLabel(string field)
    {
        var text = ReadText(field, LabelMaxLength);
        return text is not { Length: 0 } ? text : throw Wrong($"\"{field}\" is empty; leave it out instead");
    }

    private string? ReadText(string field, int maxLength)
    {
        if (_reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        Expect(JsonTokenType.String, field, "a string");
        var text = _reader.GetString()!;
        if (text.Length > maxLength)
        {
            throw Wrong($"\"{field}\" is longer than {maxLength} characters");
        }

        return field == "stdin" ? text : NotNul(field, text);
    }

    private byte[]? ReadBase64()
    {
        if (_reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        Expect(JsonTokenType.String, "stdinBase64", "a string in Base64");
        return _reader.TryGetBytesFromBase64(out var bytes) ? bytes : throw Wrong("\"stdinBase64\" is not Base64 (RFC 4648, section 4)");
    }

    private byte[] ReadRaw()
    {
        var start = (int)_reader.TokenStartIndex;
        _reader.Skip();
        return _json[start..(int)_reader.BytesConsumed].ToArray();
    }

    private int ReadPriority()
    {
        if (_reader.TokenType == JsonTokenType.Null)
        {
            return 0;
        }

        Expect(JsonTokenType.Number, "priority", "a whole number");
        return _reader.TryGetInt32(out var priority)
            ? priority
            : throw Wrong($"\"priority\" has to be a whole number from {int.MinValue} to {int.MaxValue}");
    }

    private bool ReadOnExecutorLoss()
    {
        if (_reader.TokenType == JsonTokenType.Null)
        {
            return false;
        }

        Expect(JsonTokenType.String, "onExecutorLoss", "\"rerun\" or \"fail\"");
        return _reader.GetString() switch
        {
            "rerun" => false,
            "fail" => true,
            var other => throw Wrong($"\"onExecutorLoss\" is \"{other}\": expected \"rerun\" or \"fail\""),
        };
    }

    private string NotNul(string field, string text) =>
        text.Contains('\0') ? throw Wrong($"\"{field}\" has a NUL character, which no program can be given") : text;

    private void Expect(JsonTokenType type, string field, string expected)
    {
        if (_reader.TokenType != type)
        {
            throw Wrong($"\"{field}\" has to be {expected}, got {Kind()}");
        }
    }

    private string Kind() =>
        _reader.TokenType switch
        {
            JsonTokenType.StartObject => "an object",
            JsonTokenType.StartArray => "a list",
            JsonTokenType.String => "a string",
            JsonTokenType.Number => "a number",
            JsonTokenType.True or JsonTokenType.False => "true or false",
            _ => "null",
        };

    private HttpProblem Wrong(string what)
    {
        var before = _json[..(int)_reader.TokenStartIndex];
        var line = before.Count((byte)'\n') + 1;
        var column = before.Length - before.LastIndexOf((byte)'\n');
        return HttpProblem.BadRequest($"line {line}, column {column}: {what}");
    }
}
