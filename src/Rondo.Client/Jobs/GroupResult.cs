using System.Text;
using System.Text.Json.Serialization;

namespace Rondo.Client;

/// <summary>A job of a group that has ended, with its result unless that is large.</summary>
public sealed record GroupResult
{
    /// <summary>The job.</summary>
    public required Job Job { get; init; }

    /// <summary>The result as text; null when it is not text, or too large to be told here.</summary>
    [JsonPropertyName("result")]
    public string? ResultText { get; init; }

    /// <summary>The result's bytes when it is not text; null when it is, or too large to be told here.</summary>
    [JsonPropertyName("resultBase64")]
    public byte[]? ResultBinary { get; init; }

    /// <summary>How many bytes the result has.</summary>
    public long ResultBytes { get; init; }

    /// <summary>Bytes beyond the executor's bound for outputs, or without room on its disk, which were not kept.</summary>
    public long ResultBytesDropped { get; init; }

    /// <summary>The result; null when it is too large to be told here: <see cref="RondoClient.OpenResultAsync"/> reads it.</summary>
    [JsonIgnore]
    public byte[]? Result => ResultText is null ? ResultBinary : Encoding.UTF8.GetBytes(ResultText);
}
