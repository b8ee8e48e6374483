using System.Diagnostics;

namespace Rondo.Cli;

/// <summary>An executor that runs as a process of this same program.</summary>
internal sealed class DemoExecutor(
    string name,
    string data,
    string address,
    string ring,
    IReadOnlyList<string> join,
    int slots,
    int? maxUnfinished = null
) : IAsyncDisposable
{
    private readonly string _log = data + ".log";
    private Process? _process;
    private Task _logging = Task.CompletedTask;

    public string Name => name;

    public string Address => address;

    /// <summary>Known once it is ready; the same in every start on the same data.</summary>
    public string? Id { get; private set; }

    public int Pid => _process?.Id ?? 0;

    /// <summary>True from its ready line until it is killed.</summary>
    public bool IsUp { get; private set; }

    /// <summary>True from when it is killed until it is started again.</summary>
    public bool WasKilled { get; private set; }

    /// <summary>Returns once the executor has said that it is ready.</summary>
    /// <exception cref="DemoException">It ended instead.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var process = Process.Start(CreateStart()) ?? throw new DemoException($"{name} could not be started");
        _process = process;
        WasKilled = false;
        _logging = LogAsync(process.StandardError);
        while (await process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
        {
            if (ReadyLine.TryReadId(line) is { } id)
            {
                Id = id;
                IsUp = true;
                return;
            }
        }

        await _logging;
        var words = File.Exists(_log) ? string.Join('\n', File.ReadLines(_log).TakeLast(5)) : "";
        throw new DemoException($"{name} ended before it was ready. Its last words:\n{words}");
    }

    /// <summary>SIGKILL to this one process: it cannot say goodbye, finish or sync anything.</summary>
    public async Task KillAsync()
    {
        (IsUp, WasKilled) = (false, true);
        if (_process is { } process)
        {
            _process = null;
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
            await _logging;
            process.Dispose();
        }
    }

    public async ValueTask DisposeAsync() => await KillAsync();

    private ProcessStartInfo CreateStart()
    {
        var program = Environment.ProcessPath ?? "rondo";
        var start = new ProcessStartInfo(program)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
        {
            start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "rondo.dll"));
        }

        foreach (
            var argument in (string[])
                [
                    "start",
                    "--data",
                    data,
                    "--name",
                    name,
                    "--listen",
                    address,
                    "--ring",
                    ring,
                    "--slots",
                    slots.ToString(),
                    .. maxUnfinished is { } most ? (string[])["--max-unfinished", most.ToString()] : [],
                    .. join.SelectMany(each => (string[])["--join", each]),
                    StartCommand.UntilInputEnds,
                ]
        )
        {
            start.ArgumentList.Add(argument);
        }

        return start;
    }

    private async Task LogAsync(StreamReader errors)
    {
        await using var file = new FileStream(_log, FileMode.Append, FileAccess.Write, FileShare.Read);
        await errors.BaseStream.CopyToAsync(file);
    }
}

/// <summary>The demo cannot go on.</summary>
internal sealed class DemoException(string message) : IOException(message);
