namespace Rondo.Cli;

/// <summary>How data is written to standard output.</summary>
internal enum OutputFormat
{
    /// <summary>For people.</summary>
    Table,

    /// <summary>One JSON document.</summary>
    Json,

    /// <summary>A JSON document a line.</summary>
    JsonLines,

    /// <summary>Ids alone, a line each.</summary>
    Quiet,
}

internal static class OutputFormats
{
    public const string Names = "table, json, jsonl or quiet";

    public static bool TryParse(string text, out OutputFormat format)
    {
        (var known, format) = text switch
        {
            "table" => (true, OutputFormat.Table),
            "json" => (true, OutputFormat.Json),
            "jsonl" => (true, OutputFormat.JsonLines),
            "quiet" => (true, OutputFormat.Quiet),
            _ => (false, OutputFormat.Table),
        };
        return known;
    }
}
