using Rondo.Client;
using Spectre.Console;

namespace Rondo.Cli;

/// <summary>Tells what became of jobs, a line each as they come.</summary>
internal sealed class JobOutcomes(Session session)
{
    private readonly JobSink _sink = new(session);

    public void Add(Job job)
    {
        if (session.Format == OutputFormat.Table)
        {
            var note =
                job.CancelRequested && !job.IsFinal ? " (being cancelled)"
                : job.State == JobState.Failed ? $" ({job.Error ?? (job.ExitCode is { } code ? $"exit code {code}" : job.Reason)})"
                : "";
            session.OutConsole.Write(job.Id, Palette.Bold);
            session.OutConsole.Write(" ");
            session.OutConsole.Write(job.State.ToWord(), Palette.State(job.State));
            session.OutConsole.WriteLine(OneLine.Of(note));
            session.Out.Flush();
        }
        else
        {
            _sink.Add(job);
        }
    }

    public void Finish()
    {
        if (session.Format != OutputFormat.Table)
        {
            _sink.Finish();
        }
    }
}
