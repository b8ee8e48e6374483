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

    private readonly string _file;
    private readonly StreamWriter _writer;
    private readonly Dictionary<int, string> _done;

    private JobLog(string file, StreamWriter writer, Dictionary<int, string> done) => (_file, _writer, _done) = (file, writer, done);

    /// <exception cref="UsageException">It cannot be a file, or is to be resumed from and is not a job log.</exception>
    public static JobLog Open(string file, bool resume)
    {
        NamedFile.RefuseUnwritable("--joblog", file);
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
        else if (IsCut(file))
        {
            writer.WriteLine();
        }

        return new JobLog(file, writer, done);
    }

    /// <summary>True when this very command succeeded for this line in an earlier run.</summary>
    public bool IsDone(int line, IReadOnlyList<string> command) => _done.TryGetValue(line, out var before) && before == ToText(command);

    /// <summary>
    /// Reads ahead until a line is found that an earlier run did with the command that it has now. Where no line of those that were done has it, another
    /// command would be run for all of them without a word. What failed before is run again anyhow: its command may have been mended.
    /// </summary>
    /// <exception cref="UsageException">The log is of another command, or of other lines.</exception>
    public async Task CheckFitsAsync(MapInput input, LineTemplate template, CancellationToken cancellationToken)
    {
        string? other = null;
        var last = _done.Count > 0 ? _done.Keys.Max() : 0;
        for (var line = 1; line <= last; line++)
        {
            if (await input.ReadAheadAsync().WaitAsync(cancellationToken) is not { } text)
            {
                break;
            }

            var now = template.Fill(text, line);
            if (IsDone(line, now))
            {
                return;
            }

            other ??= _done.TryGetValue(line, out var before)
                ? $"for line {line} it has '{before}', now it would be '{ToText(now)}'"
                : null;
        }

        if (other is not null)
        {
            throw new UsageException(
                $"--resume: {_file} is the log of another command, or of other lines: {other}; "
                    + $"give another file, or leave out --resume to run all lines and write {_file} anew"
            );
        }
    }

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

    /// <summary>True when a crash left the last line without its end: what is written next is not to become part of it.</summary>
    private static bool IsCut(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        stream.Seek(-1, SeekOrigin.End);
        return stream.ReadByte() != '\n';
    }

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
