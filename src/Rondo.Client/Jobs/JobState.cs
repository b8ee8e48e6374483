using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rondo.Client;

/// <summary>Where a job is in its life.</summary>
[JsonConverter(typeof(JobStateConverter))]
public enum JobState
{
    /// <summary>A state of a newer executor that this client does not know.</summary>
    Unknown,

    /// <summary>Accepted, but something has to happen before it may run: a time, another job's end, room under its cap.</summary>
    Scheduled,

    /// <summary>Ready to run.</summary>
    Waiting,

    /// <summary>An executor runs it.</summary>
    Running,

    /// <summary>It ended well.</summary>
    Succeeded,

    /// <summary>It ended badly; the reason says how.</summary>
    Failed,

    /// <summary>A client cancelled it.</summary>
    Cancelled,
}

/// <summary>The words for states on the wire and for people.</summary>
public static class JobStateWords
{
    /// <summary>The state as the HTTP interface writes it, such as <c>succeeded</c>.</summary>
    public static string ToWord(this JobState state) =>
        state switch
        {
            JobState.Scheduled => "scheduled",
            JobState.Waiting => "waiting",
            JobState.Running => "running",
            JobState.Succeeded => "succeeded",
            JobState.Failed => "failed",
            JobState.Cancelled => "cancelled",
            _ => "unknown",
        };

    /// <summary>Reads a word; <see cref="JobState.Unknown"/> for one that is none.</summary>
    public static JobState Parse(string? word) =>
        word switch
        {
            "scheduled" => JobState.Scheduled,
            "waiting" => JobState.Waiting,
            "running" => JobState.Running,
            "succeeded" => JobState.Succeeded,
            "failed" => JobState.Failed,
            "cancelled" => JobState.Cancelled,
            _ => JobState.Unknown,
        };
}

/// <summary>Reads words that it does not know as <see cref="JobState.Unknown"/>, so that a client goes on beside newer executors.</summary>
internal sealed class JobStateConverter : JsonConverter<JobState>
{
    public override JobState Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        JobStateWords.Parse(reader.GetString());

    public override void Write(Utf8JsonWriter writer, JobState value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToWord());
}
