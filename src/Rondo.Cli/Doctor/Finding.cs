using System.Text.Json.Serialization;

namespace Rondo.Cli;

/// <summary>What a check found.</summary>
/// <param name="Check">What was looked at.</param>
/// <param name="Status"><c>ok</c>, <c>warning</c> or <c>failed</c>.</param>
/// <param name="Found">What there is, in a line.</param>
/// <param name="Advice">What to do about it; null when nothing needs doing.</param>
internal sealed record Finding(
    string Check,
    string Status,
    string Found,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Advice = null
)
{
    public static Finding Ok(string check, string found) => new(check, "ok", found);

    public static Finding Warning(string check, string found, string advice) => new(check, "warning", found, advice);

    public static Finding Failed(string check, string found, string advice) => new(check, "failed", found, advice);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Finding))]
internal sealed partial class FindingJson : JsonSerializerContext;
