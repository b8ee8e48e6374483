namespace Rondo.Cli;

/// <summary>What became of an executor, for programs: people are told beside the data.</summary>
internal static class NodeState
{
    public static void Write(Session session, string id, string state)
    {
        if (session.Format is OutputFormat.Json or OutputFormat.JsonLines)
        {
            session.Out.WriteLine($"{{\"id\":\"{id}\",\"state\":\"{state}\"}}");
        }
    }
}
