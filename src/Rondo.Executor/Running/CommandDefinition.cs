using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rondo.Executor.Running;

/// <summary>
/// The program that a job runs. Stored and sent in <see cref="Core.JobContent.Definition"/> as UTF-8 JSON, such as
/// <c>{"command":["sh","-c","x"],"env":{"A":"b"},"workingDirectory":"/tmp"}</c>.
/// </summary>
internal sealed record CommandDefinition
{
    /// <summary>The program and its arguments. A program without a slash is looked up in the job's PATH.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>Variables that are added to the executor's own environment, or replace some of it.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Where the program starts; empty for the executor's own working directory.</summary>
    public string WorkingDirectory { get; init; } = "";

    /// <summary>The definition as it is stored and sent.</summary>
    public byte[] ToUtf8() =>
        JsonSerializer.SerializeToUtf8Bytes(new Stored(Command, Environment, WorkingDirectory), StoredJson.Default.Stored);

    /// <summary>Reads what <see cref="ToUtf8"/> wrote. Members that it does not know, from a newer version, are ignored.</summary>
    /// <param name="problem">What is wrong, as a sentence for people; null on success. Includes what <see cref="FindProblem"/> finds.</param>
    public static bool TryParse(
        ReadOnlySpan<byte> utf8,
        [NotNullWhen(true)] out CommandDefinition? definition,
        [NotNullWhen(false)] out string? problem
    )
    {
        definition = null;
        try
        {
            var stored = JsonSerializer.Deserialize(utf8, StoredJson.Default.Stored);
            var parsed = new CommandDefinition
            {
                Command = stored?.Command ?? [],
                Environment = stored?.Environment ?? ImmutableDictionary<string, string>.Empty,
                WorkingDirectory = stored?.WorkingDirectory ?? "",
            };
            problem = parsed.FindProblem();
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
        if (Command.Count == 0 || string.IsNullOrEmpty(Command[0]))
        {
            return "the command is empty";
        }

        // JSON can bring a null where the type has none.
        if (Command.Any(word => word is null || word.Contains('\0')))
        {
            return "the command has an argument that is null or contains a zero character";
        }

        if (WorkingDirectory.Contains('\0'))
        {
            return "the working directory contains a zero character";
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

    // What is missing is null here, not a default.
    internal sealed record Stored(
        [property: JsonPropertyName("command")] IReadOnlyList<string>? Command,
        [property: JsonPropertyName("env")] IReadOnlyDictionary<string, string>? Environment,
        [property: JsonPropertyName("workingDirectory")] string? WorkingDirectory
    );
}

[JsonSerializable(typeof(CommandDefinition.Stored))]
internal sealed partial class StoredJson : JsonSerializerContext;
