using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rondo.Executor.Running;

/// <summary>
/// The program that a job runs. Stored and sent in <see cref="Core.JobContent.Definition"/> as UTF-8 JSON, such as
/// <c>{"command":["sh","-c","x"],"env":{"A":"b"},"workingDirectory":"/tmp"}</c>.
/// </summary>
public sealed record CommandDefinition
{
    /// <summary>The program and its arguments. A program without a slash is looked up in the job's PATH.</summary>
    [JsonPropertyName("command")]
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>Variables that are added to the executor's own environment, or replace some of it.</summary>
    [JsonPropertyName("env")]
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Where the program starts; empty for the executor's own working directory.</summary>
    [JsonPropertyName("workingDirectory")]
    public string WorkingDirectory { get; init; } = "";

    /// <summary>The definition as it is stored and sent.</summary>
    public byte[] ToUtf8() => JsonSerializer.SerializeToUtf8Bytes(this, CommandJson.Default.CommandDefinition);

    /// <summary>Reads what <see cref="ToUtf8"/> wrote. Members that it does not know, from a newer version, are ignored.</summary>
    /// <param name="problem">What is wrong, as a sentence for people; null on success. Includes what <see cref="FindProblem"/> finds.</param>
    public static bool TryParse(
        ReadOnlySpan<byte> utf8,
        [NotNullWhen(true)] out CommandDefinition? definition,
        [NotNullWhen(false)] out string? problem)
    {
        definition = null;
        try
        {
            var parsed = JsonSerializer.Deserialize(utf8, CommandJson.Default.CommandDefinition);
            problem = parsed is null ? "the definition of the command is null" : parsed.FindProblem();
            definition = problem is null ? parsed : null;
        }
        catch (JsonException exception)
        {
            problem = $"the definition of the command cannot be read: {exception.Message}";
        }

        return problem is null;
    }

    /// <summary>What makes this command impossible to start anywhere, as a sentence for people; null when nothing does.</summary>
    public string? FindProblem()
    {
        // Deserialised nulls can be anywhere.
        if (Command is not { Count: > 0 } || string.IsNullOrEmpty(Command[0]))
        {
            return "the command is empty";
        }

        if (Command.Any(word => word is null || word.Contains('\0')))
        {
            return "the command has an argument that is null or contains a zero character";
        }

        if (WorkingDirectory is null || WorkingDirectory.Contains('\0'))
        {
            return "the working directory is null or contains a zero character";
        }

        if (Environment is null)
        {
            return "the environment is null";
        }

        foreach (var (name, value) in Environment)
        {
            if (name.Length == 0 || name.Contains('=') || name.Contains('\0'))
            {
                return $"the environment has a variable named '{name}': a name must not be empty or contain '=' or a zero character";
            }

            if (value is null || value.Contains('\0'))
            {
                return $"the environment variable {name} is null or contains a zero character";
            }
        }

        return null;
    }
}

[JsonSerializable(typeof(CommandDefinition))]
internal sealed partial class CommandJson : JsonSerializerContext;
