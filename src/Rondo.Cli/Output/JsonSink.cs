namespace Rondo.Cli;

/// <summary>Writes JSON texts unchanged: one alone, a line each, or several in an array.</summary>
internal sealed class JsonSink(Session session, bool isMany)
{
    private int _count;

    private bool IsList => isMany && session.Format == OutputFormat.Json;

    private string Separator => _count == 0 ? "[\n  " : ",\n  ";

    public void Add(string json)
    {
        session.Out.Write(IsList ? Separator + json.TrimEnd('\n') : json.TrimEnd('\n') + "\n");
        _count++;
    }

    /// <summary>Adds one that is written by itself, in one line.</summary>
    public async Task AddAsync(Func<Task> write)
    {
        session.Out.Write(IsList ? Separator : "");
        await write();
        session.Out.Write(IsList ? "" : "\n");
        _count++;
    }

    public void Finish()
    {
        if (IsList)
        {
            session.Out.WriteLine(_count == 0 ? "[]" : "\n]");
        }
    }
}
