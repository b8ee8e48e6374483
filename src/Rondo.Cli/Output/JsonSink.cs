namespace Rondo.Cli;

/// <summary>Writes JSON texts unchanged: one alone, a line each, or several in an array.</summary>
internal sealed class JsonSink(Session session, bool isMany)
{
    private int _count;

    public void Add(string json)
    {
        var isList = isMany && session.Format == OutputFormat.Json;
        session.Out.Write(isList ? (_count == 0 ? "[\n  " : ",\n  ") + json.TrimEnd('\n') : json.TrimEnd('\n') + "\n");
        _count++;
    }

    public void Finish()
    {
        if (isMany && session.Format == OutputFormat.Json)
        {
            session.Out.WriteLine(_count == 0 ? "[]" : "\n]");
        }
    }
}
