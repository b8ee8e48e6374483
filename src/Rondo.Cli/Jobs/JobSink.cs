using Rondo.Client;

namespace Rondo.Cli;

/// <summary>Writes jobs in the chosen format: line formats as they come, a table at the end.</summary>
internal sealed class JobSink(Session session)
{
    private readonly DataTable _table = new("ID", "STATE", "EXECUTOR", "AGE", "RAN", "JOB");
    private readonly JsonSink _json = new(session, isMany: true);
    private readonly DateTimeOffset _now = session.Surroundings.Clock.GetUtcNow();

    public int Count { get; private set; }

    public void Add(Job job)
    {
        switch (session.Format)
        {
            case OutputFormat.Quiet:
                session.Out.WriteLine(job.Id);
                break;
            case OutputFormat.Json or OutputFormat.JsonLines:
                _json.Add(job.ToJson());
                break;
            default:
                _table.Add(
                    new(job.Id, Palette.Bold),
                    new(job.State.ToWord(), Palette.State(job.State)),
                    job.Holder,
                    Durations.Format(_now - job.SubmittedAt),
                    JobWords.Duration(job, _now),
                    JobWords.Label(job)
                );
                break;
        }

        Count++;
    }

    public void Finish()
    {
        _json.Finish();
        if (session.Format == OutputFormat.Table)
        {
            _table.Write(session.OutConsole);
        }

        // What is said beside the data comes after it on a terminal.
        session.Out.Flush();
    }
}
