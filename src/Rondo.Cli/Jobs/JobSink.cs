using Rondo.Client;

namespace Rondo.Cli;

/// <summary>Writes jobs in the chosen format: line formats as they come, a table at the end.</summary>
internal sealed class JobSink(Session session)
{
    private readonly Columns _table = new("ID", "STATE", "EXECUTOR", "AGE", "RAN", "JOB");
    private readonly DateTimeOffset _now = session.Surroundings.Clock.GetUtcNow();

    public int Count { get; private set; }

    public void Add(Job job)
    {
        switch (session.Format)
        {
            case OutputFormat.Quiet:
                session.Out.WriteLine(job.Id);
                break;
            case OutputFormat.JsonLines:
                session.Out.WriteLine(job.ToJson());
                break;
            case OutputFormat.Json:
                session.Out.Write((Count == 0 ? "[\n  " : ",\n  ") + job.ToJson());
                break;
            default:
                _table.Add(
                    new(job.Id, session.Ink.Bold),
                    new(job.State.ToWord(), session.Ink.State),
                    job.Holder,
                    Durations.Format(_now - job.SubmittedAt),
                    JobWords.Duration(job, _now),
                    JobWords.Label(job).ReplaceLineEndings(" ")
                );
                break;
        }

        Count++;
    }

    public void Finish()
    {
        if (session.Format == OutputFormat.Json)
        {
            session.Out.WriteLine(Count == 0 ? "[]" : "\n]");
        }
        else if (session.Format == OutputFormat.Table && Count > 0)
        {
            _table.Write(session.Out, session.Ink, session.Surroundings.OutputIsTerminal ? session.Surroundings.Width() : int.MaxValue);
        }

        // What is said beside the data comes after it on a terminal.
        session.Out.Flush();
    }
}
