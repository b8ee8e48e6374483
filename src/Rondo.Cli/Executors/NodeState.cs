using System.Text;
using System.Text.Json;
using Rondo.Client;

namespace Rondo.Cli;

/// <summary>What became of an executor, for programs: people are told beside the data.</summary>
internal static class NodeState
{
    /// <param name="left">What stays in the data directory of one that is drained; null otherwise.</param>
    public static void Write(Session session, string id, string state, DrainedExecutor? left = null)
    {
        if (session.Format is not (OutputFormat.Json or OutputFormat.JsonLines))
        {
            return;
        }

        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
            json.WriteString("id", id);
            json.WriteString("state", state);
            if (left is not null)
            {
                json.WriteNumber("waiting", left.Waiting);
                json.WriteNumber("scheduled", left.Scheduled);
                if (left.NextAt is { } next)
                {
                    json.WriteString("nextAt", next.UtcDateTime);
                }

                json.WriteNumber("crons", left.Crons);
            }

            json.WriteEndObject();
        }

        session.Out.WriteLine(Encoding.UTF8.GetString(text.ToArray()));
    }
}
