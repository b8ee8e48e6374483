using System.Globalization;
using System.Text;
using Rondo.Client;
using Rondo.Executor;

namespace Rondo.Cli;

/// <summary>
/// A line for each job of a map, with the columns of GNU parallel's job log and the job's id behind them. A line is written once the job's
/// output was passed on: what the log shows as done needs not be done again.
/// </summary>
internal sealed class JobLog : IDisposable
{
    private const string Columns = "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\tJob";
    private const int SeqColumn = 0;
    private const int ExitColumn = 6;
    private const int SignalColumn = 7;
    private const int CommandColumn = 8;

    private readonly StreamWriter _writer;
    private readonly Dictionary<int, string> _done;

    private JobLog(StreamWriter writer, Dictionary<int, string> done) => (_writer, _done) = (writer, done);

    /// <exception cref="UsageException">It is to be resumed from, and is not a job log.</exception>
    public static JobLog Open(string file, bool resume)
    {
        Dictionary<int, string> done = [];
        var isOld = resume && File.Exists(file) && new FileInfo(file).Length > 0;
        if (isOld)
        {
            ReadDone(file, done);
        }

        var writer = new StreamWriter(file, append: resume, new UTF8Encoding(false)) { NewLine = "\n", AutoFlush = true };
        if (!isOld)
        {
            writer.WriteLine(Columns);
        }

        return new JobLog(writer, done);
    }

    /// <summary>True when this very command succeeded for this line in an earlier run.</summary>
    public bool IsDone(int line, IReadOnlyList<string> command) => _done.TryGetValue(line, out var before) && before == ToText(command);

    public void Write(int line, IReadOnlyList<string> command, Job job, long received)
    {
        var started = job.StartedAt ?? job.SubmittedAt;
        var seconds = ((job.FinishedAt ?? started) - started).TotalSeconds;
        string[] cells =
        [
            line.ToString(CultureInfo.InvariantCulture),
            job.Holder ?? "",
            (started.ToUnixTimeMilliseconds() / 1000.0).ToString("0.000", CultureInfo.InvariantCulture),
            seconds.ToString("0.000", CultureInfo.InvariantCulture),
            "0",
            received.ToString(CultureInfo.InvariantCulture),
            // A job that did not end by itself has no exit code; -1 is no command's.
            (job.State == JobState.Succeeded ? 0 : job.ExitCode ?? -1).ToString(CultureInfo.InvariantCulture),
            (job.Signal ?? 0).ToString(CultureInfo.InvariantCulture),
            ToText(command),
            job.Id,
        ];
        _writer.WriteLine(string.Join('\t', cells));
    }

    public void Dispose() => _writer.Dispose();

    private static void ReadDone(string file, Dictionary<int, string> done)
    {
        var number = 0;
        foreach (var line in File.ReadLines(file))
        {
            number++;
            if (number == 1)
            {
                if (!line.StartsWith("Seq\tHost\t", StringComparison.Ordinal))
                {
                    throw new UsageException($"--joblog: {file} is not a job log: its first line does not begin with Seq and Host");
                }

                continue;
            }

            var cells = line.Split('\t');
            // The last line may be cut by a crash: then its job counts as not done.
            if (cells.Length > CommandColumn && int.TryParse(cells[SeqColumn], out var seq))
            {
                if (cells[ExitColumn] == "0" && cells[SignalColumn] == "0")
                {
                    done[seq] = cells[CommandColumn];
                }
                else
                {
                    done.Remove(seq);
                }
            }
        }
    }

    /// <summary>As a shell would take it, in one line without tabs.</summary>
    private static string ToText(IReadOnlyList<string> command) => ShellWords.Join(command).Replace('\t', ' ').ReplaceLineEndings(" ");
}
